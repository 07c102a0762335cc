import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { withConfigCopies } from '../config-references.ts';
import { filterByPrefix, inheritedAnnotations } from '../labels.ts';
import { ownerOf } from '../names.ts';
import { ID_ANNOTATION, rewriteForPrimary, withoutConfigSuffix } from '../primary-pods.ts';
import type { PodTemplate, PrimaryContext, Readiness, ReadinessRule, Workload } from './types.ts';

interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    selector?: { matchLabels?: Record<string, string> };
    template: PodTemplate;
    [field: string]: unknown;
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: {
      type: string;
      status: string;
      reason?: string;
      message?: string;
      lastUpdateTime?: string;
    }[];
  };
}

/** Fields of `spec` that the primary takes from the target beside its pods. */
const COPIED_FIELDS = [
  'progressDeadlineSeconds',
  'minReadySeconds',
  'revisionHistoryLimit',
  'strategy',
] as const;
const RESTART_ANNOTATION = 'kubectl.kubernetes.io/restartedAt';
const MAX_REFUSAL = 400;

/** `apps/v1` Deployment. Readiness follows `kubectl rollout status`, with Flagger's percentage and deadline. */
export const workload: Workload = {
  kind: 'Deployment',
  resource: RESOURCES.deployments,
  template: (object) => spec(object).template,
  selector: (object, candidates) => {
    const labels = spec(object).selector?.matchLabels ?? {};
    const key = candidates.find((candidate) => labels[candidate] !== undefined);
    return key === undefined ? undefined : { key, value: labels[key] ?? '' };
  },
  replicas: (object) => spec(object).replicas ?? 1,
  available: (object) => status(object).availableReplicas ?? 0,
  readiness,
  scalePatch: (object, replicas) => [
    { op: 'test', path: '/metadata/uid', value: object.metadata.uid },
    ...(spec(object).replicas === undefined
      ? []
      : [{ op: 'test', path: '/spec/replicas', value: spec(object).replicas }]),
    { op: 'add', path: '/spec/replicas', value: replicas },
  ],
  createPrimary,
  promotePrimary,
  identity: (primary) => spec(primary).template.metadata?.annotations?.[ID_ANNOTATION],
  samePods: (primary, target, selector) =>
    sameTemplate(
      spec(primary).template,
      rewriteForPrimary(spec(target).template, selector, target.metadata.name),
    ),
  sameTemplate,
  paused: (object) => spec(object)['paused'] === true,
  withTemplate: (object, template) => {
    const others = Object.entries(spec(object)).filter(([field]) => field !== 'paused');
    return { ...object, spec: { ...Object.fromEntries(others), template } } as KubeObject;
  },
};

function spec(object: KubeObject): Deployment['spec'] {
  return (object as Deployment).spec;
}

function status(object: KubeObject): NonNullable<Deployment['status']> {
  return (object as Deployment).status ?? {};
}

function readiness(object: KubeObject, rule: ReadinessRule): Readiness {
  const observed = status(object);
  if ((object.metadata.generation ?? 0) > (observed.observedGeneration ?? 0)) {
    return waiting('observed deployment generation less than desired generation');
  }
  const condition = (type: string): NonNullable<typeof observed.conditions>[number] | undefined =>
    observed.conditions?.find((entry) => entry.type === type);
  if (condition('Progressing')?.reason === 'ProgressDeadlineExceeded') {
    const message = `deployment "${object.metadata.name}" exceeded its progress deadline`;
    return { state: 'stuck', message };
  }
  const missing = missingPods(object, rule.percent);
  if (missing === undefined) return { state: 'ready' };
  const refusal = refusalOf(condition('ReplicaFailure'));
  const progressing = waiting(refusal === undefined ? missing : `${missing}: ${refusal}`);
  const why = refusal === undefined ? progressing : { ...progressing, refused: true };
  return isOverdue(condition('Available'), rule) ? { ...why, state: 'stuck' } : why;
}

type DeploymentCondition = NonNullable<NonNullable<Deployment['status']>['conditions']>[number];

function isOverdue(available: DeploymentCondition | undefined, rule: ReadinessRule): boolean {
  return (
    available?.status === 'False' &&
    available.reason === 'MinimumReplicasUnavailable' &&
    Date.parse(available.lastUpdateTime ?? '') + rule.deadlineSeconds * 1000 < rule.now
  );
}

/** Why the pods are refused: by a quota, a limit or an admission policy. The pod's name differs each time. */
function refusalOf(condition: DeploymentCondition | undefined): string | undefined {
  if (condition?.status !== 'True') return undefined;
  const text = (condition.message ?? '').replaceAll(/pods? "[^"]*"/g, 'pods');
  return `${condition.reason ?? 'FailedCreate'} ${text}`.slice(0, MAX_REFUSAL).trim();
}

function missingPods(object: KubeObject, percent: number): string | undefined {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status(object);
  const wanted = workload.replicas(object);
  if (updatedReplicas < wanted) {
    return `${updatedReplicas} out of ${wanted} new replicas have been updated`;
  }
  if (replicas > updatedReplicas) {
    return `${replicas - updatedReplicas} old replicas are pending termination`;
  }
  if (availableReplicas < Math.floor((updatedReplicas * percent) / 100)) {
    return `${availableReplicas} of ${updatedReplicas} (readyThreshold ${percent}%) updated replicas are available`;
  }
  return undefined;
}

function waiting(message: string): { state: 'progressing'; message: string } {
  return { state: 'progressing', message: `waiting for rollout to finish: ${message}` };
}

function createPrimary(target: KubeObject, context: PrimaryContext): KubeObject {
  const { key, value } = context.selector;
  const label = { [key]: `${value}-primary` };
  const primary: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `${target.metadata.name}-primary`,
      ...(target.metadata.namespace === undefined ? {} : { namespace: target.metadata.namespace }),
      labels: { ...filterByPrefix(target.metadata.labels, context.includeLabelPrefix), ...label },
      annotations: inheritedAnnotations(target.metadata.annotations),
      ownerReferences: [ownerOf(context.canary)],
    },
    spec: {
      ...copiedFields(target),
      // A target at zero would give a primary that serves nobody.
      replicas: Math.max(1, workload.replicas(target)),
      selector: { matchLabels: label },
      template: primaryTemplate(target, context),
    },
  };
  return primary;
}

function promotePrimary(
  primary: KubeObject,
  target: KubeObject,
  context: PrimaryContext,
): KubeObject {
  const { key, value } = context.selector;
  const kept = Object.fromEntries(
    Object.entries(spec(primary)).filter(([field]) => !isCopied(field)),
  ) as Deployment['spec'];
  const scaled = context.canary.spec.autoscalerRef === undefined && workload.replicas(target) > 0;
  const promoted: Deployment = {
    ...primary,
    metadata: {
      ...primary.metadata,
      labels: {
        ...primary.metadata.labels,
        ...filterByPrefix(target.metadata.labels, context.includeLabelPrefix),
        [key]: `${value}-primary`,
      },
      annotations: {
        ...primary.metadata.annotations,
        ...filterByPrefix(target.metadata.annotations, context.includeLabelPrefix),
      },
    },
    spec: {
      ...kept,
      ...copiedFields(target),
      // With an autoscaler the primary keeps its own size: the target's says nothing about the load on the primary.
      ...(scaled ? { replicas: workload.replicas(target) } : {}),
      template: primaryTemplate(target, context),
    },
  };
  return promoted;
}

function isCopied(field: string): boolean {
  return (COPIED_FIELDS as readonly string[]).includes(field);
}

function copiedFields(target: KubeObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec(target)).filter(([field]) => isCopied(field)));
}

function primaryTemplate(target: KubeObject, context: PrimaryContext): PodTemplate {
  const template = withConfigCopies(spec(target).template, context.configs);
  const rewritten = rewriteForPrimary(template, context.selector, target.metadata.name);
  const annotations = { ...rewritten.metadata?.annotations, [ID_ANNOTATION]: context.rolloutId };
  return { ...rewritten, metadata: { ...rewritten.metadata, annotations } };
}

/** `kubectl rollout restart` of the primary makes new pods of the same kind. */
function withoutOwnRestart(template: PodTemplate, wanted: PodTemplate): PodTemplate {
  const restarted = template.metadata?.annotations?.[RESTART_ANNOTATION];
  const expected = wanted.metadata?.annotations?.[RESTART_ANNOTATION];
  if (restarted === undefined || restarted <= (expected ?? '')) return template;
  const others = Object.entries(template.metadata?.annotations ?? {}).filter(
    ([name]) => name !== RESTART_ANNOTATION,
  );
  const annotations = {
    ...Object.fromEntries(others),
    ...(expected === undefined ? {} : { [RESTART_ANNOTATION]: expected }),
  };
  return { ...template, metadata: { ...template.metadata, annotations } };
}

function sameTemplate(live: PodTemplate, wanted: PodTemplate): boolean {
  return isDeepStrictEqual(comparable(withoutOwnRestart(live, wanted)), comparable(wanted));
}

function comparable(template: PodTemplate): unknown {
  const all = Object.entries(template.metadata?.annotations ?? {});
  const annotations = Object.fromEntries(all.filter(([name]) => name !== ID_ANNOTATION));
  return {
    labels: template.metadata?.labels ?? {},
    annotations,
    spec: withoutConfigSuffix(template.spec ?? {}),
  };
}
