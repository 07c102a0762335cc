import type { HookKind } from './types.ts';

/** Asked before the primary is changed; a refusal keeps the Canary in WaitingPromotion. */
export const hook: HookKind = {
  type: 'confirm-promotion',
  onRefusal: 'hold',
  payloadPhase: () => 'Progressing',
  passed: (hook) => ({ level: 'Normal', message: `Confirm-promotion check ${hook} passed` }),
  refused: (hook, subject) => ({
    level: 'Warning',
    message: `Halt ${subject} advancement waiting for promotion approval ${hook}`,
  }),
};
