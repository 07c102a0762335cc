import { heldDecision } from '../held-decision.ts';
import { passGate } from '../reservations.ts';
import { beginStep } from '../run-status.ts';
import type { RollingAction, RollingPlan } from './action.ts';
import {
  heldAt,
  isHeld,
  NO_WEIGHTS,
  proceed,
  reasonsOf,
  recorded,
  startGate,
  subjectOf,
  told,
  waitFor,
  type RollingRunContext,
} from './plan-context.ts';
import type { Decision } from '../../domain/decision.ts';

/** A run that has not begun: the gate RolloutStart, then the end of the hold. While it is closed nobody else ends it. */
export function planStart(context: RollingRunContext): RollingPlan {
  const { obs, status, now } = context;
  const { problem } = obs.settings;
  const gate =
    problem === undefined
      ? startGate(context)
      : heldDecision({ message: problem.message, reason: 'Invalid', error: true });
  if ('actions' in gate) return gate;
  if (gate.verdict !== 'allow' && gate.verdict !== 'warn') return closed(context, gate);
  const begun = beginStep(
    status,
    { phase: 'Progressing', step: 0, weights: NO_WEIGHTS, action: 'start' },
    now,
  );
  const warnings =
    gate.verdict === 'warn' ? reasonsOf(gate).map((reason) => told('Warning', reason, reason)) : [];
  return proceed(
    recorded(passGate(begun, 'RolloutStart', gate, now)),
    { type: 'release' },
    ...warnings,
    told('Normal', `New revision detected! Rolling out ${subjectOf(context)}`),
  );
}

function closed(context: RollingRunContext, gate: Decision): RollingPlan {
  const { obs, status, now } = context;
  const next = heldAt(context, gate);
  const reasons = reasonsOf(gate).join('; ');
  const until = gate.nextOpen === undefined ? '' : `, next open ${gate.nextOpen}`;
  const isNew = status.held?.reasons.join() !== next.held?.reasons.join();
  const text = `Halt ${subjectOf(context)} rollout gate RolloutStart is closed: ${reasons}${until}`;
  const again: RollingAction[] = isHeld(context) ? [] : [{ type: 'hold' }];
  const opensInMs = Date.parse(gate.nextOpen ?? '') - now;
  const { intervalMs } = obs.settings;
  const waitMs = opensInMs >= 0 ? Math.min(opensInMs, intervalMs) : intervalMs;
  return waitFor(waitMs, recorded(next), ...again, ...(isNew ? [told('Warning', text)] : []));
}
