{{/* Names are fixed: a cluster has one Sluice, whose webhook configurations and Leases have fixed names, too. */}}

{{- define "sluice.labels" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/part-of: sluice
{{- end }}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- define "sluice.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Replicas of a part: [root, values of the part]. */}}
{{- define "sluice.replicas" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- if kindIs "invalid" $part.replicas -}}
{{ ternary 1 2 (eq $root.Values.profile "minimal") }}
{{- else -}}
{{ int $part.replicas }}
{{- end -}}
{{- end }}

{{- define "sluice.resources" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- if $part.resources -}}
{{ toYaml $part.resources }}
{{- else if eq $root.Values.profile "minimal" -}}
requests: {cpu: 50m, memory: 96Mi}
limits: {memory: 384Mi}
{{- else -}}
requests: {cpu: 100m, memory: 128Mi}
limits: {memory: 512Mi}
{{- end -}}
{{- end }}

{{- define "sluice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "sluice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The settings as variables: metricsServer is SLUICE_METRICS_SERVER. */}}
{{- define "sluice.settings" -}}
SLUICE_SLUICE_NAMESPACE: {{ .Release.Namespace | quote }}
{{- range $key, $value := .Values.config }}
{{ printf "SLUICE_%s" (snakecase $key | upper) }}: {{ ternary (join "," $value) (toString $value) (kindIs "slice" $value) | quote }}
{{- end }}
{{- end }}

{{/* What Deployments and Jobs say of their pods in the same way. */}}
{{- define "sluice.podBasics" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClass.name }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- include "sluice.podSecurity" . | nindent 2 }}
{{- end }}

{{/* A part as a Deployment: dict of root, name, values, ports. */}}
{{- define "sluice.deployment" -}}
{{- $root := .root -}}
{{- $values := .values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: sluice-{{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "sluice.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
spec:
  replicas: {{ include "sluice.replicas" (list $root $values) }}
  selector:
    matchLabels:
      {{- include "sluice.selector" .name | nindent 6 }}
  strategy:
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  template:
    metadata:
      labels:
        {{- with $values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- include "sluice.selector" .name | nindent 8 }}
      annotations:
        prometheus.io/scrape: 'true'
        prometheus.io/port: '8080'
        sluice.dev/settings: {{ include "sluice.settings" $root | sha256sum | trunc 16 | quote }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: sluice-{{ .name }}
      terminationGracePeriodSeconds: 30
      {{- include "sluice.podBasics" $root | nindent 6 }}
      {{- range $field := list "nodeSelector" "tolerations" "affinity" }}
      {{- with index $values $field }}
      {{ $field }}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "sluice.selector" .name | nindent 14 }}
      containers:
        - name: sluice
          image: {{ include "sluice.image" $root | quote }}
          {{- with $root.Values.image.pullPolicy }}
          imagePullPolicy: {{ . }}
          {{- end }}
          args: [serve, --roles={{ .name }}, --fence={{ $root.Values.config.fence | default "require" }}{{ if eq .name "controller" }}, --safe-deletion={{ dig "safeDeletion" true $root.Values.config }}, --install-crds=off{{ end }}]
          envFrom:
            - configMapRef: {name: sluice-config, optional: true}
            {{- if eq .name "controller" }}
            - secretRef: {name: sluice-secrets, optional: true}
            {{- end }}
          ports:
            {{- toYaml .ports | nindent 12 }}
          startupProbe:
            httpGet: {path: /livez, port: http}
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /livez, port: http}
            periodSeconds: 10
          readinessProbe:
            httpGet: {path: /readyz, port: http}
            periodSeconds: 2
            failureThreshold: 2
          resources:
            {{- include "sluice.resources" (list $root $values) | nindent 12 }}
          securityContext:
            {{- include "sluice.containerSecurity" $root | nindent 12 }}
{{- end }}

{{/* A part's budget, where a pod can be spared: dict of root, name, values. */}}
{{- define "sluice.budget" -}}
{{- $replicas := include "sluice.replicas" (list .root .values) | int -}}
{{- if and .root.Values.podDisruptionBudget.enabled (gt $replicas 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: sluice-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "sluice.labels" .root | nindent 4 }}
spec:
  minAvailable: 1
  selector:
    matchLabels:
      {{- include "sluice.selector" .name | nindent 6 }}
{{- end }}
{{- end }}

{{/* A role and its binding to a part's ServiceAccount: dict of root, name, kind (Role, ClusterRole), rules. */}}
{{- define "sluice.role" -}}
{{- $isNamespaced := eq .kind "Role" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: sluice-{{ .name }}
  {{- if $isNamespaced }}
  namespace: {{ .root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "sluice.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
rules:
  {{- .rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: sluice-{{ .name }}
  {{- if $isNamespaced }}
  namespace: {{ .root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "sluice.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: {{ .kind }}, name: sluice-{{ .name }}}
subjects:
  - {kind: ServiceAccount, name: sluice-{{ .name }}, namespace: {{ .root.Release.Namespace }}}
{{- end }}

{{- define "sluice.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: sluice-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "sluice.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
