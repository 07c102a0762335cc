import type { HookKind } from './types.ts';

/** Told after the end of a run; what it answers changes nothing. */
export const hook: HookKind = {
  type: 'post-rollout',
  onRefusal: 'ignored',
  payloadPhase: (current) => current,
  passed: (hook) => ({ level: 'Normal', message: `Post-rollout check ${hook} passed` }),
  refused: (hook, _subject, reason) => ({
    level: 'Warning',
    message: `Post-rollout hook ${hook} failed ${reason}`,
  }),
};
