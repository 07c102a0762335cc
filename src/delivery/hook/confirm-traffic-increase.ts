import type { HookKind } from './types.ts';

/** Asked before each step of a weighted canary, the promotion included; a refusal keeps the weight. */
export const hook: HookKind = {
  type: 'confirm-traffic-increase',
  onRefusal: 'hold',
  payloadPhase: () => 'Progressing',
  passed: (hook) => ({ level: 'Normal', message: `Confirm-traffic-increase check ${hook} passed` }),
  refused: (hook, subject) => ({
    level: 'Warning',
    message: `Halt ${subject} advancement waiting for traffic increase approval ${hook}`,
  }),
};
