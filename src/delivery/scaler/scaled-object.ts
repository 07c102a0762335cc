import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../../domain/canary.ts';
import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { Scaler } from './types.ts';

interface Trigger {
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

interface ScaledObject extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef?: Readonly<Record<string, unknown>>;
    readonly minReplicaCount?: number;
    readonly maxReplicaCount?: number;
    readonly triggers?: readonly Trigger[];
    readonly advanced?: {
      readonly horizontalPodAutoscalerConfig?: { readonly name?: string };
      readonly [field: string]: unknown;
    };
    readonly [field: string]: unknown;
  };
}

/** KEDA keeps the workload at this number of pods while it is set. */
const PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';
const PAUSES = [PAUSED_REPLICAS, 'autoscaling.keda.sh/paused'];
// Where KEDA's own defaults stand: ScaledObject.GetHPAMaxReplicas and GetHPAMinReplicas of its API.
const DEFAULT_MAX = 100;

/** KEDA ScaledObject `keda.sh/v1alpha1`. */
export const scaler: Scaler = {
  kind: 'ScaledObject',
  resource: RESOURCES.scaledObjects,
  bounds: (object) => ({
    min: spec(object).minReplicaCount ?? 0,
    max: spec(object).maxReplicaCount ?? DEFAULT_MAX,
  }),
  withMin: (object, min) => {
    const changed = { ...object, spec: { ...spec(object), minReplicaCount: min } };
    return changed;
  },
  primarySpec: (target, { canary, names }) => {
    const copied = spec(target);
    const { minReplicas, maxReplicas } = canary.spec.autoscalerRef?.primaryScalerReplicas ?? {};
    return {
      ...copied,
      scaleTargetRef: { ...copied.scaleTargetRef, name: names.primary },
      advanced: primaryAdvanced(copied.advanced),
      ...(copied.triggers === undefined
        ? {}
        : { triggers: copied.triggers.map((trigger) => primaryTrigger(trigger, canary)) }),
      ...(minReplicas === undefined ? {} : { minReplicaCount: minReplicas }),
      ...(maxReplicas === undefined ? {} : { maxReplicaCount: maxReplicas }),
    };
  },
  inheritedAnnotations: ({ metadata }) =>
    Object.fromEntries(
      Object.entries(metadata.annotations ?? {}).filter(([key]) => !PAUSES.includes(key)),
    ),
  sameSpec: isDeepStrictEqual,
  paused: ({ metadata }) => metadata.annotations?.[PAUSED_REPLICAS] === '0',
  pausePatch: (target) => {
    const { annotations, uid, resourceVersion } = target.metadata;
    if (annotations?.[PAUSED_REPLICAS] === '0') return [];
    if (annotations === undefined) {
      return [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'add', path: '/metadata/annotations', value: { [PAUSED_REPLICAS]: '0' } },
      ];
    }
    return [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'add', path: POINTER, value: '0' },
    ];
  },
  resumePatch: ({ metadata }) => {
    const value = metadata.annotations?.[PAUSED_REPLICAS];
    if (value === undefined) return [];
    return [
      { op: 'test', path: '/metadata/uid', value: metadata.uid },
      { op: 'test', path: POINTER, value },
      { op: 'remove', path: POINTER },
    ];
  },
};

const POINTER = `/metadata/annotations/${PAUSED_REPLICAS.replaceAll('/', '~1')}`;

function spec(object: KubeObject): ScaledObject['spec'] {
  return (object as ScaledObject).spec;
}

/** The HorizontalPodAutoscaler that KEDA makes needs a name of its own, where the target's is given one. */
function primaryAdvanced(advanced: ScaledObject['spec']['advanced']): Record<string, unknown> {
  const config = advanced?.horizontalPodAutoscalerConfig ?? {};
  const name = config.name ?? '';
  const named = name === '' ? config : { ...config, name: `${name}-primary` };
  return { ...advanced, horizontalPodAutoscalerConfig: named };
}

/** A trigger that asks about the primary: by the query that the Canary names, else by the names in its own. */
function primaryTrigger(trigger: Trigger, canary: Canary): Trigger {
  const query = trigger.metadata?.['query'];
  const named = canary.spec.autoscalerRef?.primaryScalerQueries?.[trigger.name ?? ''];
  const wanted = named ?? (query === undefined ? undefined : primaryQuery(query, canary));
  if (wanted === undefined) return trigger;
  return { ...trigger, metadata: { ...trigger.metadata, query: wanted } };
}

/** `<target>-canary` and `<target>` are both the primary, wherever they stand in the text (as in Flagger). */
function primaryQuery(query: string, { spec: { targetRef } }: Canary): string {
  const { name } = targetRef;
  return query
    .split(`${name}-canary`)
    .map((part) => part.replaceAll(name, `${name}-primary`))
    .join(`${name}-primary`);
}
