import type { Decision } from '../../domain/decision.ts';
import type { RolloutRun } from '../../domain/run.ts';
import type { DeliveryDeps } from '../config.ts';
import { heldDecision } from '../held-decision.ts';
import { instant, runStatusOf } from '../run-status.ts';
import type { RollingObservation } from './observation.ts';

/**
 * Asks the gate RolloutStart for a governed Deployment. A gate that cannot be asked holds.
 * @param now milliseconds since the Unix epoch; `runs`: all that budgets may count
 */
export function askRollingGate(
  deps: DeliveryDeps,
  obs: RollingObservation,
  run: RolloutRun,
  { now, runs }: { now: number; runs: readonly RolloutRun[] },
): Decision {
  const { namespace = '', name, uid = '' } = run.metadata;
  const status = runStatusOf(run);
  const at = instant(now);
  const startedAt = run.metadata.creationTimestamp ?? at;
  try {
    return deps.gateKeeper.ask({
      gate: 'RolloutStart',
      subject: obs.deployment,
      changedBy: run.spec.changedBy,
      run: { namespace, name, uid },
      rollout: {
        strategy: run.spec.strategy,
        provider: run.spec.provider,
        phase: status.phase,
        fromWeight: 0,
        toWeight: 100,
        maxWeight: 100,
        step: status.step,
        iteration: status.step,
        failedChecks: status.failedChecks,
        threshold: obs.settings.threshold,
        startedAt,
        stepStartedAt: status.steps.at(-1)?.startedAt ?? startedAt,
        revision: run.spec.revision,
        images: run.spec.images,
        metrics: [],
      },
      runs,
      now: at,
    });
  } catch (error) {
    const kind = error instanceof Error ? error.name : 'unknown';
    deps.logger.error({ gate: 'RolloutStart', error: kind }, 'a gate could not be asked');
    return heldDecision({ message: 'the gate could not be asked', reason: 'Invalid', error: true });
  }
}
