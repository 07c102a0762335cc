import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import {
  annotationPatch,
  newestRevision,
  primaryRevisionName,
  sameObject,
  trafficOf,
  trafficPatch,
  type KnativeService,
} from '../knative.ts';
import type { ObjectWrite } from '../object-write.ts';
import type { PodTemplate, Readiness, ReadinessRule, Workload, WorkloadPart } from './types.ts';

interface Revision extends KubeObject {
  status?: {
    observedGeneration?: number;
    conditions?: { type: string; status: string; reason?: string; lastTransitionTime?: string }[];
  };
}

/**
 * `serving.knative.dev/v1` Service. Its revisions are what is rolled out: the newest one is the canary, the primary is the
 * one that an annotation names. Knative scales them by their traffic, so nothing is scaled or copied here.
 */
export const workload: Workload = {
  kind: 'Service',
  resource: RESOURCES.knativeServices,
  groups: [RESOURCES.knativeServices.group],
  version: RESOURCES.knativeServices.version,
  capabilities: { pods: false, scales: false, ownPrimary: false },
  provider: 'knative',
  follow: (target, { namespace }) => ({
    primary: revisionPart(namespace, primaryRevisionName(target)),
    pods: revisionPart(namespace, newestRevision(target)),
  }),
  problem: (target, { canary, names }) => {
    const where = `Knative Service ${names.target}.${names.namespace}`;
    if (canary.spec.autoscalerRef !== undefined) {
      const message = `${where}: spec.autoscalerRef cannot be used, Knative scales its revisions`;
      return { reason: 'AutoscalerUnfit', message };
    }
    if (newestRevision(target) !== undefined) return undefined;
    return { reason: 'RevisionMissing', message: `${where} has no revision yet` };
  },
  template: (object) =>
    object.kind === 'Revision' ? named(object.metadata.name) : named(newestRevision(object) ?? ''),
  original: (primary) => named(primary.metadata.name),
  selector: () => ({ key: '', value: '' }),
  replicas: () => 1,
  // A revision without traffic has no pods, and gets them with the first request.
  available: () => 1,
  readiness,
  unready: (_of, _subject, found) => (found.state === 'ready' ? '' : found.message),
  scale: () => [],
  createPrimary: (target) => {
    const service = target as KnativeService;
    const newest = newestRevision(target);
    if (newest === undefined) return [];
    // All traffic goes to the primary with the same write that makes it the primary.
    const body = [
      ...annotationPatch(target, newest),
      ...trafficPatch(service, trafficOf(newest, 0)),
    ];
    return [patch(target, body)];
  },
  promotePrimary: (_primary, target) => {
    const newest = newestRevision(target);
    const body = newest === undefined ? [] : annotationPatch(target, newest);
    return body.length === 0 ? [] : [patch(target, body)];
  },
  // Revisions cannot be changed.
  restorePrimary: () => [],
  identity: (primary) => primary.metadata.name,
  promotedIdentity: (target) => newestRevision(target) ?? '',
  marked: () => false,
  samePods: (primary, target) => primary.metadata.name === newestRevision(target),
  sameTemplate: () => true,
  paused: () => false,
  services: () => [],
};

function named(revisionName: string): PodTemplate {
  return { spec: { revisionName } };
}

function revisionPart(namespace: string, name: string | undefined): WorkloadPart | undefined {
  return name === undefined
    ? undefined
    : { type: RESOURCES.knativeRevisions, key: { namespace, name } };
}

function patch(target: KubeObject, body: readonly unknown[]): ObjectWrite {
  const { namespace = 'default', name } = target.metadata;
  const key = { namespace, name };
  return {
    op: 'patch',
    type: RESOURCES.knativeServices,
    key,
    body: [...sameObject(target), ...body],
  };
}

/** As the revision's condition `Ready` says; one that failed and stays so is stuck after the deadline. */
function readiness(object: KubeObject, rule: ReadinessRule, pods?: KubeObject): Readiness {
  const revision = object.kind === 'Revision' ? object : pods;
  const said = revision && readyOf(revision);
  if (said === 'True') return { state: 'ready' };
  const { name, namespace = 'default' } = (revision ?? object).metadata;
  const named = revision === undefined ? (newestRevision(object) ?? '') : name;
  const message = `Knative Revision ${named}.${namespace} is not ready`;
  const deadline = (rule.since ?? Number.POSITIVE_INFINITY) + rule.deadlineSeconds * 1000;
  const isStuck = said === 'False' && deadline < rule.now;
  return { state: isStuck ? 'stuck' : 'progressing', message };
}

/** Status of the condition `Ready`; undefined while it is about an earlier generation, or not there. */
function readyOf(revision: Revision): string | undefined {
  const { conditions = [], observedGeneration } = revision.status ?? {};
  const seen = observedGeneration ?? Number.POSITIVE_INFINITY;
  if (seen < (revision.metadata.generation ?? 0)) return undefined;
  return conditions.find(({ type }) => type === 'Ready')?.status;
}
