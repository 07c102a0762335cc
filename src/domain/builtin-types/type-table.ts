/**
 * The types of the builtin kinds, one a line: `Name field:type …`; a name with `*` is owned as a whole by server-side
 * apply, a field with `!` is required. Types: `str`, `int` (32 bits), `long` (64 bits), `num`, `bool`, `time`, `bytes`
 * (base64), `quantity`, `intstr` (int or string), `any`; `[]T` a list, `[]T@key,key` a list by keys, `[]T@` a set, `{}T` a
 * map, `{*}T` a map owned as a whole; `=x` a default; everything else is a type of this table. Source: the OpenAPI v3
 * documents of Kubernetes 1.37, compared with those of the server in the contract suite.
 */
export const TYPE_TABLE = String.raw`Namespace metadata:ObjectMeta spec:NamespaceSpec status:NamespaceStatus
Node metadata:ObjectMeta spec:NodeSpec status:NodeStatus
Pod metadata:ObjectMeta spec:PodSpec status:PodStatus
Service metadata:ObjectMeta spec:ServiceSpec status:ServiceStatus
ConfigMap binaryData:{}bytes data:{}str immutable:bool metadata:ObjectMeta
Secret data:{}bytes immutable:bool metadata:ObjectMeta stringData:{}str type:str
ServiceAccount automountServiceAccountToken:bool imagePullSecrets:[]LocalObjectReference metadata:ObjectMeta secrets:[]ObjectReference@name
Event action:str count:int eventTime:time firstTimestamp:time involvedObject!:ObjectReference lastTimestamp:time message:str metadata!:ObjectMeta reason:str related:ObjectReference reportingComponent:str reportingInstance:str series:EventSeries source:EventSource type:str
Endpoints metadata:ObjectMeta subsets:[]EndpointSubset
ResourceQuota metadata:ObjectMeta spec:ResourceQuotaSpec status:ResourceQuotaStatus
LimitRange metadata:ObjectMeta spec:LimitRangeSpec
Deployment metadata:ObjectMeta spec!:DeploymentSpec status:DeploymentStatus
ControllerRevision data:any metadata:ObjectMeta revision!:long
ReplicaSet metadata:ObjectMeta spec!:ReplicaSetSpec status:ReplicaSetStatus
StatefulSet metadata:ObjectMeta spec!:StatefulSetSpec status:StatefulSetStatus
DaemonSet metadata:ObjectMeta spec!:DaemonSetSpec status:DaemonSetStatus
ValidatingWebhookConfiguration metadata:ObjectMeta webhooks:[]ValidatingWebhook@name
MutatingWebhookConfiguration metadata:ObjectMeta webhooks:[]MutatingWebhook@name
ValidatingAdmissionPolicy metadata:ObjectMeta spec:ValidatingAdmissionPolicySpec status:ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding metadata:ObjectMeta spec!:ValidatingAdmissionPolicyBindingSpec
CustomResourceDefinition metadata:ObjectMeta spec!:CustomResourceDefinitionSpec status:CustomResourceDefinitionStatus
HorizontalPodAutoscaler metadata:ObjectMeta spec!:HorizontalPodAutoscalerSpec status:HorizontalPodAutoscalerStatus
Lease metadata:ObjectMeta spec:LeaseSpec
EndpointSlice addressType!:str endpoints:[]Endpoint metadata:ObjectMeta ports:[]EndpointPort
Event_events action:str deprecatedCount:int deprecatedFirstTimestamp:time deprecatedLastTimestamp:time deprecatedSource:EventSource eventTime!:time metadata:ObjectMeta note:str reason:str regarding:ObjectReference related:ObjectReference reportingController:str reportingInstance:str series:EventSeries_events type:str
NetworkPolicy metadata:ObjectMeta spec:NetworkPolicySpec
Ingress metadata:ObjectMeta spec:IngressSpec status:IngressStatus
PodDisruptionBudget metadata:ObjectMeta spec:PodDisruptionBudgetSpec status:PodDisruptionBudgetStatus
ClusterRole aggregationRule:AggregationRule metadata:ObjectMeta rules:[]PolicyRule
ClusterRoleBinding metadata:ObjectMeta roleRef!:RoleRef subjects:[]Subject
Role metadata:ObjectMeta rules:[]PolicyRule
RoleBinding metadata:ObjectMeta roleRef!:RoleRef subjects:[]Subject
PriorityClass description:str globalDefault:bool metadata:ObjectMeta preemptionPolicy:str value:int
ObjectMeta annotations:{}str creationTimestamp:time deletionGracePeriodSeconds:long deletionTimestamp:time finalizers:[]str@ generateName:str generation:long labels:{}str managedFields:[]ManagedFieldsEntry name:str namespace:str ownerReferences:[]OwnerReference@uid resourceVersion:str selfLink:str uid:str
NamespaceSpec finalizers:[]str
NamespaceStatus conditions:[]NamespaceCondition@type phase:str
NodeSpec configSource:NodeConfigSource externalID:str podCIDR:str podCIDRs:[]str@ podPreemptionPolicy:NodePodPreemptionPolicy providerID:str taints:[]Taint unschedulable:bool
NodeStatus addresses:[]NodeAddress@type allocatable:{}quantity capacity:{}quantity conditions:[]NodeCondition@type config:NodeConfigStatus daemonEndpoints:NodeDaemonEndpoints declaredFeatures:[]str features:NodeFeatures images:[]ContainerImage nodeInfo:NodeSystemInfo phase:str runtimeHandlers:[]NodeRuntimeHandler volumesAttached:[]AttachedVolume volumesInUse:[]str
PodSpec activeDeadlineSeconds:long affinity:Affinity automountServiceAccountToken:bool containers!:[]Container@name dnsConfig:PodDNSConfig dnsPolicy:str enableServiceLinks:bool ephemeralContainers:[]EphemeralContainer@name evictionResponders:[]EvictionResponder@name hostAliases:[]HostAlias@ip hostIPC:bool hostNetwork:bool hostPID:bool hostUsers:bool hostname:str hostnameOverride:str imagePullSecrets:[]LocalObjectReference@name initContainers:[]Container@name nodeName:str nodeSelector:{*}str os:PodOS overhead:{}quantity preemptionPolicy:str priority:int priorityClassName:str readinessGates:[]PodReadinessGate resourceClaims:[]PodResourceClaim@name resources:ResourceRequirements restartPolicy:str runtimeClassName:str schedulerName:str schedulingGates:[]PodSchedulingGate@name schedulingGroup:PodSchedulingGroup securityContext:PodSecurityContext serviceAccount:str serviceAccountName:str setHostnameAsFQDN:bool shareProcessNamespace:bool subdomain:str terminationGracePeriodSeconds:long tolerations:[]Toleration topologySpreadConstraints:[]TopologySpreadConstraint@topologyKey,whenUnsatisfiable volumes:[]Volume@name
PodStatus allocatedResources:{}quantity conditions:[]PodCondition@type containerStatuses:[]ContainerStatus ephemeralContainerStatuses:[]ContainerStatus extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP:str hostIPs:[]HostIP initContainerStatuses:[]ContainerStatus message:str nodeAllocatableResourceClaimStatuses:[]NodeAllocatableResourceClaimStatus@resourceClaimName nominatedNodeName:str observedGeneration:long phase:str podIP:str podIPs:[]PodIP@ip qosClass:str reason:str resize:str resourceClaimStatuses:[]PodResourceClaimStatus@name resources:ResourceRequirements startTime:time volumeHealth:[]PodVolumeHealth@name
ServiceSpec allocateLoadBalancerNodePorts:bool clusterIP:str clusterIPs:[]str externalIPs:[]str externalName:str externalTrafficPolicy:str healthCheckNodePort:int internalTrafficPolicy:str ipFamilies:[]str ipFamilyPolicy:str loadBalancerClass:str loadBalancerIP:str loadBalancerSourceRanges:[]str ports:[]ServicePort@port,protocol publishNotReadyAddresses:bool selector:{*}str sessionAffinity:str sessionAffinityConfig:SessionAffinityConfig trafficDistribution:str type:str
ServiceStatus conditions:[]Condition@type loadBalancer:LoadBalancerStatus
LocalObjectReference* name:str
ObjectReference* apiVersion:str fieldPath:str kind:str name:str namespace:str resourceVersion:str uid:str
EventSeries count:int lastObservedTime:time
EventSource component:str host:str
EndpointSubset addresses:[]EndpointAddress notReadyAddresses:[]EndpointAddress ports:[]EndpointPort_core
ResourceQuotaSpec hard:{}quantity scopeSelector:ScopeSelector scopes:[]str
ResourceQuotaStatus hard:{}quantity used:{}quantity
LimitRangeSpec limits!:[]LimitRangeItem
DeploymentSpec minReadySeconds:int paused:bool progressDeadlineSeconds:int replicas:int revisionHistoryLimit:int selector!:LabelSelector strategy:DeploymentStrategy template!:PodTemplateSpec
DeploymentStatus availableReplicas:int collisionCount:int conditions:[]DeploymentCondition@type observedGeneration:long readyReplicas:int replicas:int terminatingReplicas:int unavailableReplicas:int updatedReplicas:int
ReplicaSetSpec minReadySeconds:int replicas:int selector!:LabelSelector template:PodTemplateSpec
ReplicaSetStatus availableReplicas:int conditions:[]ReplicaSetCondition@type fullyLabeledReplicas:int observedGeneration:long readyReplicas:int replicas!:int terminatingReplicas:int
StatefulSetSpec minReadySeconds:int ordinals:StatefulSetOrdinals persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy:str replicas:int revisionHistoryLimit:int selector!:LabelSelector serviceName:str template!:PodTemplateSpec updateStrategy:StatefulSetUpdateStrategy volumeClaimTemplates:[]PersistentVolumeClaim
StatefulSetStatus availableReplicas:int collisionCount:int conditions:[]StatefulSetCondition@type currentReplicas:int currentRevision:str observedGeneration:long readyReplicas:int replicas!:int updateRevision:str updatedReplicas:int
DaemonSetSpec minReadySeconds:int revisionHistoryLimit:int selector!:LabelSelector template!:PodTemplateSpec updateStrategy:DaemonSetUpdateStrategy
DaemonSetStatus collisionCount:int conditions:[]DaemonSetCondition@type currentNumberScheduled!:int desiredNumberScheduled!:int numberAvailable:int numberMisscheduled!:int numberReady!:int numberUnavailable:int observedGeneration:long updatedNumberScheduled:int
ValidatingWebhook admissionReviewVersions!:[]str clientConfig!:WebhookClientConfig failurePolicy:str matchConditions:[]MatchCondition@name matchPolicy:str name!:str namespaceSelector:LabelSelector objectSelector:LabelSelector rules:[]RuleWithOperations sideEffects!:str timeoutSeconds:int
MutatingWebhook admissionReviewVersions!:[]str clientConfig!:WebhookClientConfig failurePolicy:str matchConditions:[]MatchCondition@name matchPolicy:str name!:str namespaceSelector:LabelSelector objectSelector:LabelSelector reinvocationPolicy:str rules:[]RuleWithOperations sideEffects!:str timeoutSeconds:int
ValidatingAdmissionPolicySpec auditAnnotations:[]AuditAnnotation failurePolicy:str matchConditions:[]MatchCondition@name matchConstraints:MatchResources paramKind:ParamKind validations:[]Validation variables:[]Variable@name
ValidatingAdmissionPolicyStatus conditions:[]Condition@type observedGeneration:long typeChecking:TypeChecking
ValidatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName!:str validationActions!:[]str@
CustomResourceDefinitionSpec conversion:CustomResourceConversion group!:str names!:CustomResourceDefinitionNames preserveUnknownFields:bool scope!:str versions!:[]CustomResourceDefinitionVersion
CustomResourceDefinitionStatus acceptedNames:CustomResourceDefinitionNames conditions:[]CustomResourceDefinitionCondition@type observedGeneration:long storedVersions:[]str
HorizontalPodAutoscalerSpec behavior:HorizontalPodAutoscalerBehavior maxReplicas!:int metrics:[]MetricSpec minReplicas:int scaleTargetRef!:CrossVersionObjectReference
HorizontalPodAutoscalerStatus conditions:[]HorizontalPodAutoscalerCondition@type currentMetrics:[]MetricStatus currentReplicas:int desiredReplicas!:int lastScaleTime:time observedGeneration:long
LeaseSpec acquireTime:time holderIdentity:str leaseDurationSeconds:int leaseTransitions:int preferredHolder:str renewTime:time strategy:str
Endpoint addresses!:[]str@ conditions:EndpointConditions deprecatedTopology:{}str hints:EndpointHints hostname:str nodeName:str targetRef:ObjectReference zone:str
EndpointPort* appProtocol:str name:str port:int protocol:str
EventSeries_events count!:int lastObservedTime!:time
NetworkPolicySpec egress:[]NetworkPolicyEgressRule ingress:[]NetworkPolicyIngressRule podSelector:LabelSelector policyTypes:[]str
IngressSpec defaultBackend:IngressBackend ingressClassName:str rules:[]IngressRule tls:[]IngressTLS
IngressStatus loadBalancer:IngressLoadBalancerStatus
PodDisruptionBudgetSpec maxUnavailable:intstr minAvailable:intstr selector:LabelSelector unhealthyPodEvictionPolicy:str
PodDisruptionBudgetStatus conditions:[]Condition@type currentHealthy:int desiredHealthy:int disruptedPods:{}time disruptionsAllowed:int expectedPods:int observedGeneration:long
AggregationRule clusterRoleSelectors:[]LabelSelector
PolicyRule apiGroups:[]str nonResourceURLs:[]str resourceNames:[]str resources:[]str verbs!:[]str
RoleRef* apiGroup:str kind!:str name!:str
Subject* apiGroup:str kind!:str name!:str namespace:str
ManagedFieldsEntry apiVersion:str fieldsType:str fieldsV1:any manager:str operation:str subresource:str time:time
OwnerReference* apiVersion!:str blockOwnerDeletion:bool controller:bool kind!:str name!:str uid!:str
NamespaceCondition lastTransitionTime:time message:str reason:str status!:str type!:str
NodeConfigSource configMap:ConfigMapNodeConfigSource
NodePodPreemptionPolicy disableResizePreemption:[]str@
Taint effect!:str key!:str timeAdded:time value:str
NodeAddress address!:str type!:str
NodeCondition lastHeartbeatTime:time lastTransitionTime:time message:str reason:str status!:str type!:str
NodeConfigStatus active:NodeConfigSource assigned:NodeConfigSource error:str lastKnownGood:NodeConfigSource
NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint
NodeFeatures supplementalGroupsPolicy:bool
ContainerImage names:[]str sizeBytes:long
NodeSystemInfo architecture!:str bootID!:str containerRuntimeVersion!:str kernelVersion!:str kubeProxyVersion!:str kubeletVersion!:str machineID!:str operatingSystem!:str osImage!:str runningInUserNamespace:bool swap:NodeSwapStatus systemUUID!:str
NodeRuntimeHandler features:NodeRuntimeHandlerFeatures name:str
AttachedVolume devicePath!:str name!:str
Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
Container args:[]str command:[]str env:[]EnvVar@name envFrom:[]EnvFromSource image:str imagePullPolicy:str lifecycle:Lifecycle livenessProbe:Probe name!:str ports:[]ContainerPort@containerPort,protocol readinessProbe:Probe resizePolicy:[]ContainerResizePolicy resources:ResourceRequirements restartPolicy:str restartPolicyRules:[]ContainerRestartRule securityContext:SecurityContext startupProbe:Probe stdin:bool stdinOnce:bool terminationMessagePath:str terminationMessagePolicy:str tty:bool volumeDevices:[]VolumeDevice@devicePath volumeMounts:[]VolumeMount@mountPath workingDir:str
PodDNSConfig nameservers:[]str options:[]PodDNSConfigOption searches:[]str
EphemeralContainer args:[]str command:[]str env:[]EnvVar@name envFrom:[]EnvFromSource image:str imagePullPolicy:str lifecycle:Lifecycle livenessProbe:Probe name!:str ports:[]ContainerPort@containerPort,protocol readinessProbe:Probe resizePolicy:[]ContainerResizePolicy resources:ResourceRequirements restartPolicy:str restartPolicyRules:[]ContainerRestartRule securityContext:SecurityContext startupProbe:Probe stdin:bool stdinOnce:bool targetContainerName:str terminationMessagePath:str terminationMessagePolicy:str tty:bool volumeDevices:[]VolumeDevice@devicePath volumeMounts:[]VolumeMount@mountPath workingDir:str
EvictionResponder* name!:str priority!:int
HostAlias hostnames:[]str ip!:str
PodOS name!:str
PodReadinessGate conditionType!:str
PodResourceClaim name!:str resourceClaimName:str resourceClaimTemplateName:str
ResourceRequirements claims:[]ResourceClaim@name limits:{}quantity requests:{}quantity
PodSchedulingGate name!:str
PodSchedulingGroup podGroupName:str
PodSecurityContext appArmorProfile:AppArmorProfile fsGroup:long fsGroupChangePolicy:str runAsGroup:long runAsNonRoot:bool runAsUser:long seLinuxChangePolicy:str seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile supplementalGroups:[]long supplementalGroupsPolicy:str sysctls:[]Sysctl windowsOptions:WindowsSecurityContextOptions
Toleration effect:str key:str operator:str tolerationSeconds:long value:str
TopologySpreadConstraint labelSelector:LabelSelector matchLabelKeys:[]str maxSkew!:int minDomains:int nodeAffinityPolicy:str nodeTaintsPolicy:str topologyKey!:str whenUnsatisfiable!:str
Volume awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:FCVolumeSource flexVolume:FlexVolumeSource flocker:FlockerVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource glusterfs:GlusterfsVolumeSource hostPath:HostPathVolumeSource image:ImageVolumeSource iscsi:ISCSIVolumeSource name!:str nfs:NFSVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource vsphereVolume:VsphereVirtualDiskVolumeSource
PodCondition lastProbeTime:time lastTransitionTime:time message:str observedGeneration:long reason:str status!:str type!:str
ContainerStatus allocatedResources:{}quantity allocatedResourcesStatus:[]ResourceStatus@name containerID:str image!:str imageID!:str lastState:ContainerState name!:str ready!:bool resources:ResourceRequirements restartCount!:int started:bool state:ContainerState stopSignal:str user:ContainerUser volumeMounts:[]VolumeMountStatus@mountPath
PodExtendedResourceClaimStatus requestMappings!:[]ContainerExtendedResourceRequest resourceClaimName!:str
HostIP ip!:str
NodeAllocatableResourceClaimStatus containers:[]str@ mapping:[]NodeAllocatableMappedResources@name overhead:[]NodeAllocatableOverheadResources@name resourceClaimName!:str
PodIP ip!:str
PodResourceClaimStatus name!:str resourceClaimName:str
PodVolumeHealth healthConditions:[]VolumeHealthCondition@status,reason lastTransitionTime:time name!:str
ServicePort appProtocol:str name:str nodePort:int port!:int protocol:str=TCP targetPort:intstr
SessionAffinityConfig clientIP:ClientIPConfig
Condition lastTransitionTime!:time message!:str observedGeneration:long reason!:str status!:str type!:str
LoadBalancerStatus ingress:[]LoadBalancerIngress
EndpointAddress* hostname:str ip!:str nodeName:str targetRef:ObjectReference
EndpointPort_core* appProtocol:str name:str port!:int protocol:str
ScopeSelector* matchExpressions:[]ScopedResourceSelectorRequirement
LimitRangeItem default:{}quantity defaultRequest:{}quantity max:{}quantity maxLimitRequestRatio:{}quantity min:{}quantity type!:str
LabelSelector* matchExpressions:[]LabelSelectorRequirement matchLabels:{}str
DeploymentStrategy rollingUpdate:RollingUpdateDeployment type:str
PodTemplateSpec metadata:ObjectMeta spec:PodSpec
DeploymentCondition lastTransitionTime:time lastUpdateTime:time message:str reason:str status:str type:str
ReplicaSetCondition lastTransitionTime:time message:str reason:str status:str type:str
StatefulSetOrdinals start:int
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:str whenScaled:str
StatefulSetUpdateStrategy rollingUpdate:RollingUpdateStatefulSetStrategy type:str
PersistentVolumeClaim apiVersion:str kind:str metadata:ObjectMeta spec:PersistentVolumeClaimSpec status:PersistentVolumeClaimStatus
StatefulSetCondition lastTransitionTime:time message:str reason:str status:str type:str
DaemonSetUpdateStrategy rollingUpdate:RollingUpdateDaemonSet type:str
DaemonSetCondition lastTransitionTime:time message:str reason:str status:str type:str
WebhookClientConfig caBundle:bytes service:ServiceReference url:str
MatchCondition expression!:str name!:str
RuleWithOperations apiGroups:[]str apiVersions:[]str operations:[]str resources:[]str scope:str
AuditAnnotation key!:str valueExpression!:str
MatchResources* excludeResourceRules:[]NamedRuleWithOperations matchPolicy:str namespaceSelector:LabelSelector objectSelector:LabelSelector resourceRules:[]NamedRuleWithOperations
ParamKind* apiVersion:str kind:str
Validation expression!:str message:str messageExpression:str reason:str
Variable* expression!:str name!:str
TypeChecking expressionWarnings:[]ExpressionWarning
ParamRef* name:str namespace:str parameterNotFoundAction:str selector:LabelSelector
CustomResourceConversion strategy!:str webhook:WebhookConversion
CustomResourceDefinitionNames categories:[]str kind!:str listKind:str plural!:str shortNames:[]str singular:str
CustomResourceDefinitionVersion additionalPrinterColumns:[]CustomResourceColumnDefinition deprecated:bool deprecationWarning:str name!:str schema:CustomResourceValidation selectableFields:[]SelectableField served!:bool storage!:bool subresources:CustomResourceSubresources
CustomResourceDefinitionCondition lastTransitionTime:time message:str observedGeneration:long reason:str status!:str type!:str
HorizontalPodAutoscalerBehavior scaleDown:HPAScalingRules scaleUp:HPAScalingRules
MetricSpec containerResource:ContainerResourceMetricSource external:ExternalMetricSource object:ObjectMetricSource pods:PodsMetricSource resource:ResourceMetricSource type!:str
CrossVersionObjectReference apiVersion:str kind!:str name!:str
HorizontalPodAutoscalerCondition lastTransitionTime:time message:str observedGeneration:long reason:str status!:str type!:str
MetricStatus containerResource:ContainerResourceMetricStatus external:ExternalMetricStatus object:ObjectMetricStatus pods:PodsMetricStatus resource:ResourceMetricStatus type!:str
EndpointConditions ready:bool serving:bool terminating:bool
EndpointHints forNodes:[]ForNode forZones:[]ForZone
NetworkPolicyEgressRule ports:[]NetworkPolicyPort to:[]NetworkPolicyPeer
NetworkPolicyIngressRule from:[]NetworkPolicyPeer ports:[]NetworkPolicyPort
IngressBackend resource:TypedLocalObjectReference service:IngressServiceBackend
IngressRule host:str http:HTTPIngressRuleValue
IngressTLS hosts:[]str secretName:str
IngressLoadBalancerStatus ingress:[]IngressLoadBalancerIngress
ConfigMapNodeConfigSource kubeletConfigKey!:str name!:str namespace!:str resourceVersion:str uid:str
DaemonEndpoint Port!:int
NodeSwapStatus capacity:long
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:bool userNamespaces:bool
NodeAffinity preferredDuringSchedulingIgnoredDuringExecution:[]PreferredSchedulingTerm requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
PodAffinity preferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm
PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm
EnvVar name!:str value:str valueFrom:EnvVarSource
EnvFromSource configMapRef:ConfigMapEnvSource prefix:str secretRef:SecretEnvSource
Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:str
Probe exec:ExecAction failureThreshold:int grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:int periodSeconds:int successThreshold:int tcpSocket:TCPSocketAction terminationGracePeriodSeconds:long timeoutSeconds:int
ContainerPort containerPort!:int hostIP:str hostPort:int name:str protocol:str=TCP
ContainerResizePolicy resourceName!:str restartPolicy!:str
ContainerRestartRule action!:str exitCodes:ContainerRestartRuleOnExitCodes
SecurityContext allowPrivilegeEscalation:bool appArmorProfile:AppArmorProfile capabilities:Capabilities privileged:bool procMount:str readOnlyRootFilesystem:bool runAsGroup:long runAsNonRoot:bool runAsUser:long seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
VolumeDevice devicePath!:str name!:str
VolumeMount bindMountOptions:[]str@ mountPath!:str mountPropagation:str name!:str readOnly:bool recursiveReadOnly:str subPath:str subPathExpr:str
PodDNSConfigOption name:str value:str
ResourceClaim name!:str request:str
AppArmorProfile localhostProfile:str type!:str
SELinuxOptions level:str role:str type:str user:str
SeccompProfile localhostProfile:str type!:str
Sysctl name!:str value!:str
WindowsSecurityContextOptions gmsaCredentialSpec:str gmsaCredentialSpecName:str hostProcess:bool runAsUserName:str
AWSElasticBlockStoreVolumeSource fsType:str partition:int readOnly:bool volumeID!:str
AzureDiskVolumeSource cachingMode:str diskName!:str diskURI!:str fsType:str kind:str readOnly:bool
AzureFileVolumeSource readOnly:bool secretName!:str shareName!:str
CephFSVolumeSource monitors!:[]str path:str readOnly:bool secretFile:str secretRef:LocalObjectReference user:str
CinderVolumeSource fsType:str readOnly:bool secretRef:LocalObjectReference volumeID!:str
ConfigMapVolumeSource defaultMode:int defaultUser:long items:[]KeyToPath name:str optional:bool
CSIVolumeSource driver!:str fsType:str nodePublishSecretRef:LocalObjectReference readOnly:bool volumeAttributes:{}str
DownwardAPIVolumeSource defaultMode:int defaultUser:long items:[]DownwardAPIVolumeFile
EmptyDirVolumeSource medium:str mode:int sizeLimit:quantity
EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate
FCVolumeSource fsType:str lun:int readOnly:bool targetWWNs:[]str wwids:[]str
FlexVolumeSource driver!:str fsType:str options:{}str readOnly:bool secretRef:LocalObjectReference
FlockerVolumeSource datasetName:str datasetUUID:str
GCEPersistentDiskVolumeSource fsType:str partition:int pdName!:str readOnly:bool
GitRepoVolumeSource directory:str repository!:str revision:str
GlusterfsVolumeSource endpoints!:str path!:str readOnly:bool
HostPathVolumeSource path!:str type:str
ImageVolumeSource pullPolicy:str reference:str
ISCSIVolumeSource chapAuthDiscovery:bool chapAuthSession:bool fsType:str initiatorName:str iqn!:str iscsiInterface:str lun!:int portals:[]str readOnly:bool secretRef:LocalObjectReference targetPortal!:str
NFSVolumeSource path!:str readOnly:bool server!:str
PersistentVolumeClaimVolumeSource claimName!:str readOnly:bool
PhotonPersistentDiskVolumeSource fsType:str pdID!:str
PortworxVolumeSource fsType:str readOnly:bool volumeID!:str
ProjectedVolumeSource defaultMode:int defaultUser:long sources:[]VolumeProjection
QuobyteVolumeSource group:str readOnly:bool registry!:str tenant:str user:str volume!:str
RBDVolumeSource fsType:str image!:str keyring:str monitors!:[]str pool:str readOnly:bool secretRef:LocalObjectReference user:str
ScaleIOVolumeSource fsType:str gateway!:str protectionDomain:str readOnly:bool secretRef!:LocalObjectReference sslEnabled:bool storageMode:str storagePool:str system!:str volumeName:str
SecretVolumeSource defaultMode:int defaultUser:long items:[]KeyToPath optional:bool secretName:str
StorageOSVolumeSource fsType:str readOnly:bool secretRef:LocalObjectReference volumeName:str volumeNamespace:str
VsphereVirtualDiskVolumeSource fsType:str storagePolicyID:str storagePolicyName:str volumePath!:str
ResourceStatus name!:str resources:[]ResourceHealth@resourceID
ContainerState running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting
ContainerUser linux:LinuxContainerUser
VolumeMountStatus mountPath!:str name!:str readOnly:bool recursiveReadOnly:str volumeStatus:VolumeStatus
ContainerExtendedResourceRequest containerName!:str requestName!:str resourceName!:str
NodeAllocatableMappedResources name!:str quantity!:quantity
NodeAllocatableOverheadResources name!:str perContainer:quantity perPod:quantity
VolumeHealthCondition message:str reason!:str status!:str
ClientIPConfig timeoutSeconds:int
LoadBalancerIngress hostname:str ip:str ipMode:str ports:[]PortStatus
ScopedResourceSelectorRequirement operator!:str scopeName!:str values:[]str
LabelSelectorRequirement key!:str operator!:str values:[]str
RollingUpdateDeployment maxSurge:intstr maxUnavailable:intstr
RollingUpdateStatefulSetStrategy maxUnavailable:intstr partition:int
PersistentVolumeClaimSpec accessModes:[]str dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference resources:VolumeResourceRequirements selector:LabelSelector storageClassName:str volumeAttributesClassName:str volumeMode:str volumeName:str
PersistentVolumeClaimStatus accessModes:[]str allocatedResourceStatuses:{}str allocatedResources:{}quantity capacity:{}quantity conditions:[]PersistentVolumeClaimCondition@type currentVolumeAttributesClassName:str healthStatus:VolumeHealthStatus modifyVolumeStatus:ModifyVolumeStatus phase:str
RollingUpdateDaemonSet maxSurge:intstr maxUnavailable:intstr
ServiceReference name!:str namespace!:str path:str port:int
NamedRuleWithOperations* apiGroups:[]str apiVersions:[]str operations:[]str resourceNames:[]str resources:[]str scope:str
ExpressionWarning fieldRef!:str warning!:str
WebhookConversion clientConfig:WebhookClientConfig_apiextensions conversionReviewVersions!:[]str
CustomResourceColumnDefinition description:str format:str jsonPath!:str name!:str priority:int type!:str
CustomResourceValidation openAPIV3Schema:JSONSchemaProps
SelectableField jsonPath!:str
CustomResourceSubresources scale:CustomResourceSubresourceScale status:CustomResourceSubresourceStatus
HPAScalingRules policies:[]HPAScalingPolicy selectPolicy:str stabilizationWindowSeconds:int tolerance:quantity
ContainerResourceMetricSource container!:str name!:str target!:MetricTarget
ExternalMetricSource metric!:MetricIdentifier target!:MetricTarget
ObjectMetricSource describedObject!:CrossVersionObjectReference metric!:MetricIdentifier target!:MetricTarget
PodsMetricSource metric!:MetricIdentifier target!:MetricTarget
ResourceMetricSource name!:str target!:MetricTarget
ContainerResourceMetricStatus container!:str current!:MetricValueStatus name!:str
ExternalMetricStatus current!:MetricValueStatus metric!:MetricIdentifier
ObjectMetricStatus current!:MetricValueStatus describedObject!:CrossVersionObjectReference metric!:MetricIdentifier
PodsMetricStatus current!:MetricValueStatus metric!:MetricIdentifier
ResourceMetricStatus current!:MetricValueStatus name!:str
ForNode name!:str
ForZone name!:str
NetworkPolicyPort endPort:int port:intstr protocol:str
NetworkPolicyPeer ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
TypedLocalObjectReference* apiGroup:str kind!:str name!:str
IngressServiceBackend name!:str port:ServiceBackendPort
HTTPIngressRuleValue paths!:[]HTTPIngressPath
IngressLoadBalancerIngress hostname:str ip:str ports:[]IngressPortStatus
PreferredSchedulingTerm preference!:NodeSelectorTerm weight!:int
NodeSelector* nodeSelectorTerms!:[]NodeSelectorTerm
WeightedPodAffinityTerm podAffinityTerm!:PodAffinityTerm weight!:int
PodAffinityTerm labelSelector:LabelSelector matchLabelKeys:[]str mismatchLabelKeys:[]str namespaceSelector:LabelSelector namespaces:[]str topologyKey!:str
EnvVarSource configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
ConfigMapEnvSource name:str optional:bool
SecretEnvSource name:str optional:bool
LifecycleHandler exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
ExecAction command:[]str
GRPCAction mode:str port!:int service:str
HTTPGetAction host:str httpHeaders:[]HTTPHeader path:str port!:intstr protocol:str scheme:str
TCPSocketAction host:str port!:intstr
ContainerRestartRuleOnExitCodes operator!:str values:[]int@
Capabilities add:[]str drop:[]str
KeyToPath key!:str mode:int path!:str user:long
DownwardAPIVolumeFile fieldRef:ObjectFieldSelector mode:int path!:str resourceFieldRef:ResourceFieldSelector user:long
PersistentVolumeClaimTemplate metadata:ObjectMeta spec!:PersistentVolumeClaimSpec
VolumeProjection clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection serviceAccountToken:ServiceAccountTokenProjection
ResourceHealth health:str message:str resourceID!:str
ContainerStateRunning startedAt:time
ContainerStateTerminated containerID:str exitCode!:int finishedAt:time message:str reason:str signal:int startedAt:time
ContainerStateWaiting message:str reason:str
LinuxContainerUser gid!:long supplementalGroups:[]long uid!:long
VolumeStatus image:ImageVolumeStatus
PortStatus error:str port!:int protocol!:str
TypedObjectReference apiGroup:str kind!:str name!:str namespace:str
VolumeResourceRequirements limits:{}quantity requests:{}quantity
PersistentVolumeClaimCondition lastProbeTime:time lastTransitionTime:time message:str reason:str status!:str type!:str
VolumeHealthStatus healthConditions:[]VolumeHealthCondition@status,reason lastTransitionTime:time
ModifyVolumeStatus status!:str targetVolumeAttributesClassName:str
WebhookClientConfig_apiextensions caBundle:bytes service:ServiceReference_apiextensions url:str
JSONSchemaProps $ref:str $schema:str additionalItems:any additionalProperties:any allOf:[]JSONSchemaProps anyOf:[]JSONSchemaProps default:any definitions:{}JSONSchemaProps dependencies:{}any description:str enum:[]any example:any exclusiveMaximum:bool exclusiveMinimum:bool externalDocs:ExternalDocumentation format:str id:str items:any maxItems:long maxLength:long maxProperties:long maximum:num minItems:long minLength:long minProperties:long minimum:num multipleOf:num not:JSONSchemaProps nullable:bool oneOf:[]JSONSchemaProps pattern:str patternProperties:{}JSONSchemaProps properties:{}JSONSchemaProps required:[]str title:str type:str uniqueItems:bool x-kubernetes-embedded-resource:bool x-kubernetes-int-or-string:bool x-kubernetes-list-map-keys:[]str x-kubernetes-list-type:str x-kubernetes-map-type:str x-kubernetes-preserve-unknown-fields:bool x-kubernetes-validations:[]ValidationRule@rule
CustomResourceSubresourceScale labelSelectorPath:str specReplicasPath!:str statusReplicasPath!:str
CustomResourceSubresourceStatus 
HPAScalingPolicy periodSeconds!:int type!:str value!:int
MetricTarget averageUtilization:int averageValue:quantity type!:str value:quantity
MetricIdentifier name!:str selector:LabelSelector
MetricValueStatus averageUtilization:int averageValue:quantity value:quantity
IPBlock cidr!:str except:[]str
ServiceBackendPort* name:str number:int
HTTPIngressPath backend!:IngressBackend path:str pathType!:str
IngressPortStatus error:str port!:int protocol!:str
NodeSelectorTerm* matchExpressions:[]NodeSelectorRequirement matchFields:[]NodeSelectorRequirement
ConfigMapKeySelector* key!:str name:str optional:bool
ObjectFieldSelector* apiVersion:str fieldPath!:str
FileKeySelector* key!:str optional:bool path!:str volumeName!:str
ResourceFieldSelector* containerName:str divisor:quantity resource!:str
SecretKeySelector* key!:str name:str optional:bool
SleepAction seconds!:long
HTTPHeader name!:str value!:str
ClusterTrustBundleProjection labelSelector:LabelSelector name:str optional:bool path!:str signerName:str user:long
ConfigMapProjection items:[]KeyToPath name:str optional:bool
DownwardAPIProjection items:[]DownwardAPIVolumeFile
PodCertificateProjection certificateChainPath:str credentialBundlePath:str keyPath:str keyType!:str maxExpirationSeconds:int signerName!:str user:long userAnnotations:{}str
SecretProjection items:[]KeyToPath name:str optional:bool
ServiceAccountTokenProjection audience:str expirationSeconds:long path!:str user:long
ImageVolumeStatus imageRef!:str
ServiceReference_apiextensions name!:str namespace!:str path:str port:int
ExternalDocumentation description:str url:str
ValidationRule fieldPath:str message:str messageExpression:str optionalOldSelf:bool reason:str rule!:str
NodeSelectorRequirement key!:str operator!:str values:[]str
`;
