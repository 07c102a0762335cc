import type { Approval } from '../domain/approval.ts';
import type { Canary } from '../domain/canary.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { DeliveryNames } from './names.ts';
import type { PrimaryObservation } from './observation.ts';
import {
  NOT_KEPT,
  previousNameOf,
  readPrevious,
  type PreviousRevision,
} from './previous-revision.ts';
import type { ReadObject } from './router/types.ts';
import { runStatusOf } from './run-status.ts';
import type { Workload } from './workload/types.ts';

interface Asked {
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly workload: Workload;
  readonly run: RolloutRun | undefined;
  readonly primary: PrimaryObservation | undefined;
  /** Approvals of the run that nobody has acted upon. */
  readonly approvals: readonly Approval[];
}

/**
 * What the primary ran before the run was promoted: looked up only when somebody wants it back.
 * @returns one sentence that says why it cannot be given back; undefined when nobody asks
 */
export async function observePrevious(
  { canary, names, workload, run, primary, approvals }: Asked,
  read: ReadObject,
): Promise<PreviousRevision | string | undefined> {
  const isAsked = approvals.some(({ spec }) => spec.action === 'Abort');
  if (!isAsked || run === undefined || primary === undefined || !mayBePromoted(run))
    return undefined;
  if (!workload.capabilities.pods) return NOT_KEPT;
  const key = { namespace: names.namespace, name: previousNameOf(names, run) };
  return readPrevious(await read(RESOURCES.controllerRevisions, key), canary, primary);
}

function mayBePromoted(run: RolloutRun): boolean {
  const { phase } = runStatusOf(run);
  return phase === 'Promoting' || phase === 'Finalising' || phase === 'Succeeded';
}
