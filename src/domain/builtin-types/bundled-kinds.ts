/**
 * The builtin kinds of the type table with the plural names of their resources, and the name of the type where it is
 * another, a group and version a line. Source: the discovery documents of Kubernetes 1.37.
 */
const KINDS = `v1 Namespace:namespaces Node:nodes Pod:pods Service:services ConfigMap:configmaps Secret:secrets ServiceAccount:serviceaccounts Event:events Endpoints:endpoints ResourceQuota:resourcequotas LimitRange:limitranges
apps/v1 Deployment:deployments ReplicaSet:replicasets ControllerRevision:controllerrevisions StatefulSet:statefulsets DaemonSet:daemonsets
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration:validatingwebhookconfigurations MutatingWebhookConfiguration:mutatingwebhookconfigurations ValidatingAdmissionPolicy:validatingadmissionpolicies ValidatingAdmissionPolicyBinding:validatingadmissionpolicybindings
apiextensions.k8s.io/v1 CustomResourceDefinition:customresourcedefinitions
autoscaling/v2 HorizontalPodAutoscaler:horizontalpodautoscalers
coordination.k8s.io/v1 Lease:leases
discovery.k8s.io/v1 EndpointSlice:endpointslices
events.k8s.io/v1 Event:events:Event_events
networking.k8s.io/v1 NetworkPolicy:networkpolicies Ingress:ingresses
policy/v1 PodDisruptionBudget:poddisruptionbudgets
rbac.authorization.k8s.io/v1 ClusterRole:clusterroles ClusterRoleBinding:clusterrolebindings Role:roles RoleBinding:rolebindings
scheduling.k8s.io/v1 PriorityClass:priorityclasses`;

/** A builtin kind of the type table. */
export interface BundledKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** In the type table. */
  readonly type: string;
}

/** The builtin kinds whose schemas are bundled. */
export const BUNDLED_KINDS: readonly BundledKind[] = KINDS.split('\n').flatMap((line) => {
  const [groupVersion = '', ...names] = line.split(' ');
  const [version = '', group = ''] = groupVersion.split('/').reverse();
  return names.map((name) => {
    const [kind = '', plural = '', type = kind] = name.split(':');
    return { group, version, kind, plural, type };
  });
});
