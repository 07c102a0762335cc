import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { Scaler } from './types.ts';

interface HorizontalPodAutoscaler extends KubeObject {
  readonly spec: {
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly [field: string]: unknown;
  };
}

/**
 * HorizontalPodAutoscaler `autoscaling/v2`. It is inactive while its workload has no pods, so the target's needs no pause
 * (unless its `minReplicas` is 0, which Kubernetes allows behind the gate HPAScaleToZero alone).
 */
export const scaler: Scaler = {
  kind: 'HorizontalPodAutoscaler',
  resource: RESOURCES.horizontalPodAutoscalers,
  bounds: (object) => ({ min: spec(object).minReplicas ?? 1, max: spec(object).maxReplicas }),
  withMin: (object, min) => {
    const changed = { ...object, spec: { ...spec(object), minReplicas: min } };
    return changed;
  },
  primarySpec: (target, { canary, names }) => {
    const { scaleTargetRef, ...copied } = spec(target);
    const { minReplicas, maxReplicas } = canary.spec.autoscalerRef?.primaryScalerReplicas ?? {};
    return {
      ...copied,
      scaleTargetRef: { ...(scaleTargetRef as object), name: names.primary },
      ...(minReplicas === undefined ? {} : { minReplicas }),
      ...(maxReplicas === undefined ? {} : { maxReplicas }),
    };
  },
  inheritedAnnotations: () => ({}),
  sameSpec: (live, wanted) => isDeepStrictEqual(withDefaults(live), withDefaults(wanted)),
  paused: () => undefined,
  pausePatch: () => [],
  resumePatch: () => [],
};

function spec(object: KubeObject): HorizontalPodAutoscaler['spec'] {
  return (object as HorizontalPodAutoscaler).spec;
}

function withDefaults(value: unknown): unknown {
  return { minReplicas: 1, ...(value as object | undefined) };
}
