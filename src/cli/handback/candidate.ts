import { isConfiguredAs } from '../../delivery/config-tracker.ts';
import { DEFAULT_DELIVERY_CONFIG } from '../../delivery/config.ts';
import { namesOf } from '../../delivery/names.ts';
import { observeConfigs } from '../../delivery/observe-configs.ts';
import { readWorkload } from '../../delivery/observe-workload.ts';
import { workloadOf } from '../../delivery/plugins.ts';
import { listRuns } from '../../delivery/runs.ts';
import type { ReadObject } from '../../delivery/router/types.ts';
import type { Canary } from '../../domain/canary.ts';
import type { ObjectClient } from '../../domain/client.ts';
import type { Candidate } from './objection.ts';

export interface Reading {
  readonly client: ObjectClient;
  readonly signal: AbortSignal;
  /** As for `serve`: the first that the target uses counts. */
  readonly selectorLabels: readonly string[];
}

/**
 * Looks at what a Canary's handback depends on.
 * @throws ProblemError for a kind of target that is not known; ClusterError when something cannot be read
 */
export async function candidateOf(reading: Reading, canary: Canary): Promise<Candidate> {
  const { client, signal, selectorLabels } = reading;
  const names = namesOf(canary);
  const { name, namespace = 'default', uid = '' } = canary.metadata;
  const read: ReadObject = (type, key) => client.get(type, key, { signal });
  const workload = workloadOf(canary.spec.targetRef);
  const [runs, { target, primary }] = await Promise.all([
    listRuns({ client, signal }, { namespace, name, uid }),
    readWorkload(workload, names, read),
  ]);
  const configs = await observeConfigs(
    { config: DEFAULT_DELIVERY_CONFIG },
    canary,
    {
      target: target && workload.capabilities.pods ? workload.template(target) : undefined,
      primary: primary && workload.capabilities.pods ? workload.template(primary) : undefined,
    },
    { read, revisions: [] },
  );
  const selector = target && workload.selector(target, selectorLabels);
  const isSame =
    target !== undefined &&
    primary !== undefined &&
    selector !== undefined &&
    workload.samePods(primary, target, selector);
  return {
    canary,
    runs: runs.own,
    hasTarget: target !== undefined,
    hasPrimary: primary !== undefined,
    isEqual: isSame && isConfiguredAs(configs.copies, configs.tracked),
  };
}
