import type { Plan } from './action.ts';
import { formatGoDuration } from './duration.ts';
import type { RunContext } from './plan-context.ts';
import { rollBack } from './plan-rollback.ts';
import { GATE_TIMEOUT } from './run-status.ts';

/**
 * Ends a run that one gate or hook has held for longer than the Canary lets it. A pause is somebody's decision, and ends
 * when that person says.
 * @returns undefined while it may go on waiting
 */
export function planGateTimeout(context: RunContext): Plan | undefined {
  const { spec, status, now } = context;
  const { held, paused } = status;
  const { gateTimeoutMs } = spec;
  if (held === undefined || paused !== undefined || gateTimeoutMs === undefined) return undefined;
  if (now - Date.parse(held.since) < gateTimeoutMs) return undefined;
  const holder = held.hook === undefined ? `gate ${held.gate}` : `hook ${held.hook}`;
  const message = `${holder} was closed for longer than ${formatGoDuration(gateTimeoutMs)}`;
  return rollBack(context, { reason: GATE_TIMEOUT, message, phase: 'Aborted' });
}
