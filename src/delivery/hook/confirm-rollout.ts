import type { HookKind } from './types.ts';

/** Asked before a new revision is scaled up; a refusal keeps the Canary in Waiting. */
export const hook: HookKind = {
  type: 'confirm-rollout',
  onRefusal: 'hold',
  payloadPhase: (current) => current,
  passed: (hook) => ({ level: 'Normal', message: `Confirm-rollout check ${hook} passed` }),
  refused: (hook, subject) => ({
    level: 'Warning',
    message: `Halt ${subject} advancement waiting for approval ${hook}`,
  }),
};
