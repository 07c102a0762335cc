import type { KubeObject, OwnerReference } from '../../domain/object.ts';
import type {
  Deployment,
  EndpointSubset,
  Endpoints,
  Pod,
  ReplicaSet,
  Service,
} from '../objects.ts';
import { HASH_LABEL, REVISION_ANNOTATION, type RolloutWrite } from './rollout-plan.ts';

function ownerOf(object: KubeObject): OwnerReference {
  const { name, uid = '' } = object.metadata;
  const { apiVersion, kind } = object;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The ReplicaSet for the Deployment's present template. */
export function newReplicaSet(
  deployment: Deployment,
  { hash, replicas, revision }: Extract<RolloutWrite, { action: 'create' }>,
): ReplicaSet {
  const { template, selector } = deployment.spec;
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      ...namespaceOf(deployment),
      labels,
      annotations: { [REVISION_ANNOTATION]: String(revision) },
      ownerReferences: [ownerOf(deployment)],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** A pod of the ReplicaSet. @param suffix random letters */
export function newPod(set: ReplicaSet, suffix: string): Pod {
  const { metadata = {}, spec } = set.spec.template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: `${set.metadata.name}-${suffix}`,
      ...namespaceOf(set),
      ownerReferences: [ownerOf(set)],
    },
    spec: { ...spec, nodeName: 'sandbox' },
  };
}

/** The Endpoints of a Service, named like it. */
export function newEndpoints(service: Service, subsets: EndpointSubset[]): Endpoints {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: service.metadata.name,
      ...namespaceOf(service),
      ownerReferences: [ownerOf(service)],
    },
    subsets,
  };
}

function namespaceOf(object: KubeObject): { namespace?: string } {
  const { namespace } = object.metadata;
  return namespace === undefined ? {} : { namespace };
}
