import type { Decision } from '../domain/decision.ts';
import type { GateQuestion } from '../domain/gates.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { DeliveryDeps } from './config.ts';
import { heldDecision } from './held-decision.ts';
import type { Inquiry } from './inquiry.ts';
import type { Scene } from './observe.ts';
import { strategyOf } from './plugins.ts';
import { instant, runStatusOf } from './run-status.ts';
import { peakWeight } from './settings.ts';

type GateInquiry = Extract<Inquiry, { kind: 'gate' }>;

/**
 * Asks a gate. A gate that cannot be asked holds.
 * @param now milliseconds since the Unix epoch; `runs`: all that budgets may count
 */
export function askGate(
  deps: DeliveryDeps,
  scene: Scene,
  inquiry: GateInquiry,
  { now, runs }: { now: number; runs: readonly RolloutRun[] },
): Decision {
  if (scene.run === undefined) return unanswered('no run is under way');
  try {
    return deps.gateKeeper.ask({ ...questionOf(scene, scene.run, inquiry, now), runs });
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    deps.logger.error({ gate: inquiry.gate, error: name }, 'a gate could not be asked');
    return unanswered('the gate could not be asked');
  }
}

function questionOf(
  { canary, settings, observation }: Scene,
  run: RolloutRun,
  { gate, toWeight, metrics }: GateInquiry,
  now: number,
): GateQuestion {
  const status = runStatusOf(run);
  const at = instant(now);
  const started = run.metadata.creationTimestamp ?? status.steps[0]?.startedAt ?? at;
  const iterates = isIterating(run);
  const peak = iterates ? 100 : peakWeight(settings, toWeight);
  return {
    gate,
    ...(gate === 'TrafficIncrease' ? { peakWeight: peak } : {}),
    subject: canary,
    changedBy: run.spec.changedBy,
    run: {
      namespace: run.metadata.namespace ?? '',
      name: run.metadata.name,
      uid: run.metadata.uid ?? '',
    },
    rollout: {
      strategy: run.spec.strategy,
      provider: run.spec.provider,
      phase: observation.status.phase,
      fromWeight: observation.route.weights.canary,
      toWeight,
      maxWeight: settings.maxWeight,
      step: status.step,
      iteration: iterates ? status.step : 0,
      failedChecks: status.failedChecks,
      threshold: settings.threshold,
      startedAt: started,
      stepStartedAt: status.steps.at(-1)?.startedAt ?? started,
      revision: run.spec.revision,
      images: run.spec.images,
      metrics: metrics.map(({ name, value, min, max, verdict }) => ({
        name,
        value: value ?? null,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        verdict,
      })),
    },
    now: at,
  };
}

function isIterating({ spec }: RolloutRun): boolean {
  return strategyOf(spec.strategy)?.iterates ?? true;
}

function unanswered(message: string): Decision {
  return heldDecision({ message, reason: 'Invalid', error: true });
}
