import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { podWorkload, type PodOwner } from '../pod-workload.ts';
import { relabelForPrimary } from '../primary-pods.ts';
import type { PodTemplate, Readiness, ReadinessRule, Workload } from './types.ts';

interface DaemonSet extends PodOwner {
  status?: {
    observedGeneration?: number;
    desiredNumberScheduled?: number;
    updatedNumberScheduled?: number;
    numberAvailable?: number;
  };
}

/** Node label that no node has: with it in the node selector a DaemonSet runs no pods. Flagger's name. */
const AT_ZERO = 'flagger.app/scale-to-zero';
const SELECTOR_PATH = '/spec/template/spec/nodeSelector';

/**
 * `apps/v1` DaemonSet. It has a pod on each of its nodes or, by a node selector that is no part of the revision, on none.
 * Its affinity says which nodes are meant and stays as it is.
 */
export const workload: Workload = {
  ...podWorkload({
    kind: 'DaemonSet',
    resource: RESOURCES.daemonSets,
    copied: ['minReadySeconds', 'revisionHistoryLimit', 'updateStrategy'],
    template: (object) => withoutZero(spec(object).template),
    rewrite: relabelForPrimary,
    firstSize: () => ({}),
    nextSize: () => ({}),
  }),
  problem: (target, { names }) => {
    const { type = 'RollingUpdate' } = (spec(target)['updateStrategy'] ?? {}) as { type?: string };
    if (type === 'RollingUpdate') return undefined;
    const where = `daemonset ${names.target}.${names.namespace}`;
    const message = `${where} must have RollingUpdate strategy but have ${type}`;
    return { reason: 'UpdateStrategyUnfit', message };
  },
  replicas: (object) =>
    isAtZero(object) ? 0 : Math.max(1, status(object).desiredNumberScheduled ?? 1),
  available: (object) => status(object).numberAvailable ?? 0,
  readiness,
  unready: (of, subject, found) => {
    const message = found.state === 'ready' ? '' : found.message;
    // Spelt as Flagger spells it.
    return of === 'primary'
      ? `primary daemonset ${subject} not ready: ${message}`
      : `canary damonset ${subject} not ready with retryable ${found.state !== 'stuck'}: ${message}`;
  },
  scale,
  paused: () => false,
};

function spec(object: KubeObject): PodOwner['spec'] {
  return (object as PodOwner).spec;
}

function status(object: KubeObject): NonNullable<DaemonSet['status']> {
  return (object as DaemonSet).status ?? {};
}

function nodeSelector(template: PodTemplate): Record<string, string> | undefined {
  return template.spec?.['nodeSelector'] as Record<string, string> | undefined;
}

function isAtZero(object: KubeObject): boolean {
  return nodeSelector(spec(object).template)?.[AT_ZERO] !== undefined;
}

function withoutZero(template: PodTemplate): PodTemplate {
  const selector = nodeSelector(template);
  if (selector === undefined) return template;
  const others = Object.entries(selector).filter(([label]) => label !== AT_ZERO);
  const pods = { ...template.spec };
  delete pods['nodeSelector'];
  // An empty selector and none are the same.
  if (others.length > 0) pods['nodeSelector'] = Object.fromEntries(others);
  return { ...template, spec: pods };
}

function scale(object: KubeObject, replicas: number): ReturnType<Workload['scale']> {
  const { namespace = 'default', name, uid } = object.metadata;
  const selector = nodeSelector(spec(object).template);
  const path = `${SELECTOR_PATH}/${AT_ZERO.replaceAll('/', '~1')}`;
  const change = (): unknown[] => {
    if (replicas > 0) {
      const isOnly = Object.keys(selector ?? {}).length === 1;
      return [
        { op: 'test', path, value: selector?.[AT_ZERO] },
        { op: 'remove', path: isOnly ? SELECTOR_PATH : path },
      ];
    }
    if (selector !== undefined) return [{ op: 'add', path, value: 'true' }];
    return [{ op: 'add', path: SELECTOR_PATH, value: { [AT_ZERO]: 'true' } }];
  };
  if (isAtZero(object) === (replicas === 0)) return [];
  const body = [
    { op: 'test', path: '/metadata/uid', value: uid },
    ...versionTest(object),
    ...change(),
  ];
  return [{ op: 'patch', type: RESOURCES.daemonSets, key: { namespace, name }, body }];
}

/** A selector that somebody else added meanwhile would be overwritten. */
function versionTest({ metadata }: KubeObject): unknown[] {
  const { resourceVersion: value } = metadata;
  return value === undefined ? [] : [{ op: 'test', path: '/metadata/resourceVersion', value }];
}

function readiness(object: KubeObject, rule: ReadinessRule): Readiness {
  if ((object.metadata.generation ?? 0) > (status(object).observedGeneration ?? 0)) {
    return waiting('observed daemonset generation less than desired generation');
  }
  const missing = missingPods(object, rule.percent);
  if (missing === undefined) return { state: 'ready' };
  const deadline = (rule.since ?? Number.POSITIVE_INFINITY) + rule.deadlineSeconds * 1000;
  if (deadline >= rule.now) return waiting(missing);
  const message = `exceeded its progressDeadlineSeconds: ${rule.deadlineSeconds}`;
  return { state: 'stuck', message };
}

function missingPods(object: KubeObject, percent: number): string | undefined {
  const observed = status(object);
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0 } = observed;
  if (updated < wanted) return `${updated} out of ${wanted} new pods have been updated`;
  const { numberAvailable: available = 0 } = observed;
  const enough = Math.floor((wanted * percent) / 100);
  if (available >= enough) return undefined;
  return `${available} of ${enough} (readyThreshold ${percent}%) updated pods are available`;
}

function waiting(message: string): Readiness {
  return { state: 'progressing', message: `waiting for rollout to finish: ${message}` };
}
