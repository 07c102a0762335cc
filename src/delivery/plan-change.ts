import { proceed, type Plan } from './action.ts';
import {
  event,
  report,
  safeWeights,
  subjectOf,
  targetSubjectOf,
  unsupported,
  type RunContext,
} from './plan-context.ts';
import { transition } from './realise.ts';
import { end, isStarted } from './run-status.ts';

/** The target changed while the run is under way: back to the promoted revision ends it, another one replaces it. */
export function planTargetChange(context: RunContext): Plan | undefined {
  const { obs, run, status, now } = context;
  if (obs.target === undefined || obs.target.revision === run.spec.revision) return undefined;
  const promotedAlready = obs.primary?.revision === run.spec.revision;
  if (status.phase === 'Finalising' || (status.phase === 'Promoting' && promotedAlready)) {
    return undefined;
  }
  // Without its primary the share has nowhere to go: the run waits until the one or the other is set back.
  if (obs.primary === undefined && obs.problem !== undefined) return report(context, obs.problem);
  const weights = safeWeights(context);
  if (obs.target.revision === obs.status.lastPromotedSpec) {
    const message = 'the target went back to the promoted revision';
    const last = {
      phase: 'Aborted',
      weights,
      reason: 'Reverted',
      message,
      completed: true,
    } as const;
    const text = `Rolling back ${subjectOf(context)} ${message}`;
    return proceed(
      ...transition(context, end(status, last, now), event('Warning', text, obs.status.phase)),
    );
  }
  const message = 'a newer revision of the target replaced it';
  const text = `New revision detected! Restarting analysis for ${targetSubjectOf(context)}`;
  return supersede(context, { reason: 'Superseded', message, text });
}

/** Ends the run in favour of another one: the share goes to the primary, and the other one begins from nothing. */
function supersede(
  context: RunContext,
  { reason, message, text }: { reason: string; message: string; text: string },
): Plan {
  const weights = safeWeights(context);
  const last = { phase: 'Superseded', weights, reason, message, completed: true } as const;
  const told = isStarted(context.status) ? [event('Normal', text, 'Progressing')] : [];
  return proceed(...transition(context, end(context.status, last, context.now), ...told));
}

/** A run goes by the strategy that it began with; when the Canary has another one it begins again. */
export function planStrategyChange(context: RunContext): Plan | undefined {
  const { spec, run, status } = context;
  const isOpen = status.phase !== 'Promoting' && status.phase !== 'Finalising';
  if (!isOpen || spec.strategy === run.spec.strategy || unsupported(context) !== undefined) {
    return undefined;
  }
  return supersede(context, {
    reason: 'StrategyChanged',
    message: `the Canary's strategy is ${spec.strategy} now`,
    text: `Strategy changed to ${spec.strategy}! Restarting analysis for ${targetSubjectOf(context)}`,
  });
}
