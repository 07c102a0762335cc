import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { DeliveryNames } from './names.ts';
import type { ScalerObservation } from './observation.ts';
import { scalerOf } from './plugins.ts';
import {
  isSameScaler,
  primaryScalerName,
  primaryScalerOf,
  scalerKey,
  specOf,
} from './primary-scaler.ts';
import { problemOf, type Problem } from './problem.ts';
import type { ReadObject } from './router/types.ts';
import type { ScalerKeeper } from './scaler-keeper.ts';
import type { Scaler } from './scaler/types.ts';

/** The autoscalers of a Canary as they are live. */
export interface ScalerScene {
  readonly scaler: Scaler;
  readonly target: KubeObject;
  readonly primary: KubeObject | undefined;
  readonly observation: ScalerObservation;
}

interface ScalerSources {
  readonly names: DeliveryNames;
  readonly run: RolloutRun | undefined;
  readonly keeper: ScalerKeeper;
  readonly read: ReadObject;
}

/**
 * Looks at the autoscalers of target and primary.
 * @returns undefined when the Canary names none; the problem when the one that it names is not there
 * @throws ClusterError when they cannot be read
 */
export async function observeScaler(
  canary: Canary,
  { names, run, keeper, read }: ScalerSources,
): Promise<ScalerScene | { readonly problem: Problem } | undefined> {
  const { autoscalerRef } = canary.spec;
  if (autoscalerRef === undefined) return undefined;
  try {
    const scaler = scalerOf(autoscalerRef.kind);
    const key = scalerKey(canary, names.namespace);
    const [target, primary] = await Promise.all([
      read(scaler.resource, key),
      read(scaler.resource, { ...key, name: primaryScalerName(autoscalerRef) }),
    ]);
    if (target === undefined) return { problem: missing(scaler, key) };
    const wanted = primaryScalerOf(scaler, { target, live: primary }, { canary, names });
    const observation = observed(scaler, { target, primary, wanted }, { run, keeper });
    return { scaler, target, primary, observation };
  } catch (error) {
    return { problem: problemOf(error, `${autoscalerRef.kind} ${autoscalerRef.name}`) };
  }
}

function observed(
  scaler: Scaler,
  found: { target: KubeObject; primary: KubeObject | undefined; wanted: KubeObject },
  { run, keeper }: Pick<ScalerSources, 'run' | 'keeper'>,
): ScalerObservation {
  const { target, primary, wanted } = found;
  const { min: minReplicas } = scaler.bounds(target);
  const { min: wantedMin, max } = scaler.bounds(primary ?? wanted);
  const seen = {
    minReplicas,
    paused: scaler.paused(target),
    wantedMin: scaler.bounds(wanted).min,
    min: wantedMin,
    max,
  };
  if (primary === undefined) return { ...seen, primary: 'missing' };
  const floor = run?.status?.floor ?? 0;
  const isFloored = seen.min > seen.wantedMin && seen.min === Math.min(floor, max);
  const compared = isFloored ? scaler.withMin(wanted, seen.min) : wanted;
  const same = isSameScaler(scaler, primary, compared);
  const isEdited = keeper.isEdited(specOf(primary), specOf(compared), same);
  return { ...seen, primary: isEdited ? 'edited' : 'present', isFloored };
}

function missing(
  { kind }: Scaler,
  { namespace, name }: { namespace: string; name: string },
): Problem {
  return { reason: 'ScalerMissing', message: `${kind} ${name}.${namespace} not found` };
}
