import type { Canary } from '../domain/canary.ts';
import type { Gate } from '../domain/policy.ts';
import type { RolloutRunStatus } from '../domain/run.ts';
import type { AlertAction } from './action.ts';
import type { PlannedChange } from './planned-change.ts';

/** What a run's record keeps of a hook's name, characters. */
const MAX_HOOK_NAME = 253;

type Held = NonNullable<RolloutRunStatus['held']>;

const TEXTS: Readonly<Record<Gate, string>> = {
  RolloutStart: 'Canary is waiting for approval.',
  TrafficIncrease: 'Canary traffic increase is waiting for approval.',
  Promotion: 'Canary promotion is waiting for approval.',
};

/**
 * The alert about a hold, once when it begins (Flagger tells one of the traffic each interval). Hooks may mute theirs;
 * a pause is told by whoever asked for it.
 */
export function holdAlerts({ context, was, is }: PlannedChange): AlertAction[] {
  const { canary } = context.obs;
  const held = heldIn(is);
  const before = heldIn(was);
  if (held === undefined || isMuted(canary, held)) return [];
  const isKnown = before?.gate === held.gate && !isMuted(canary, before);
  return isKnown
    ? []
    : [{ type: 'alert', severity: 'warn', text: TEXTS[held.gate], fields: false }];
}

/** What waits for an answer; a pause waits for none. */
function heldIn(status: RolloutRunStatus | undefined): Held | undefined {
  return status?.phase === 'Held' && status.paused === undefined ? status.held : undefined;
}

function isMuted({ spec }: Canary, { hook }: Held): boolean {
  if (hook === undefined) return false;
  const webhooks = spec.analysis?.webhooks ?? [];
  return webhooks.some(
    ({ name, muteAlert }) => muteAlert === true && name.slice(0, MAX_HOOK_NAME) === hook,
  );
}
