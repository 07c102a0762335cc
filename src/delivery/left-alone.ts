import type { Canary } from '../domain/canary.ts';
import type { ReconcileResult } from '../domain/reconciler.ts';
import { RESOURCES } from '../domain/resources.ts';
import { sameStatus, statusOf, withProblem } from './canary-status.ts';
import type { Executor } from './execute.ts';
import { isLeftToFlagger } from './executor-choice.ts';
import type { CanaryMemory } from './memory.ts';

/** How soon a Canary that another controller runs is looked at again. */
const LOOK_MS = 15_000;

/**
 * Whether this Canary is somebody else's to run: it is marked so, or another controller is seen at work and admission
 * does not keep it out. Two executors on one Canary would undo each other's writes, so one of them stops: this one. The
 * condition and the event are written once, for the other one writes over the conditions.
 * @returns undefined when Sluice runs it
 */
export async function leftAlone(
  { deps, announcer }: Pick<Executor, 'deps' | 'announcer'>,
  canary: Canary,
  memory: CanaryMemory,
  signal: AbortSignal,
): Promise<ReconcileResult | undefined> {
  if (isLeftToFlagger(canary)) {
    memory.idle = undefined;
    return {};
  }
  const now = deps.clock.now();
  memory.foreign.saw(canary, now);
  if (deps.fence?.closed === true) return undefined;
  const sign = memory.foreign.isLive(now)
    ? 'Flagger writes the status of this Canary'
    : deps.fence?.foreignSign();
  if (sign === undefined) {
    memory.foreign.told = false;
    return undefined;
  }
  memory.idle = undefined;
  if (memory.foreign.told) return { requeueAfterMs: LOOK_MS };
  memory.foreign.told = true;
  const message = `${sign}; Sluice leaves it alone while no fence keeps Flagger out (--fence require)`;
  const status = statusOf(canary);
  const next = withProblem(status, { reason: 'ForeignExecutor', message }, now);
  if (!sameStatus(next, status)) {
    await deps.client.replaceStatus(RESOURCES.canaries, { ...canary, status: next }, { signal });
  }
  const { phase } = status;
  announcer.announce(
    canary,
    { type: 'event', level: 'Warning', phase, message },
    status.lastAppliedSpec ?? '',
  );
  return { requeueAfterMs: LOOK_MS };
}
