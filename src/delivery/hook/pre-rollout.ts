import type { HookKind } from './types.ts';

/** Asked once the canary is ready and before it gets traffic; a refusal is a failed check. */
export const hook: HookKind = {
  type: 'pre-rollout',
  onRefusal: 'failedCheck',
  payloadPhase: () => 'Progressing',
  passed: (hook) => ({ level: 'Normal', message: `Pre-rollout check ${hook} passed` }),
  refused: (hook, subject, reason) => ({
    level: 'Warning',
    message: `Halt ${subject} advancement pre-rollout check ${hook} failed ${reason}`,
  }),
};
