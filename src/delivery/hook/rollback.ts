import type { HookKind } from './types.ts';

/** Asked in every round; a success rolls the Canary back. */
export const hook: HookKind = {
  type: 'rollback',
  onRefusal: 'ignored',
  payloadPhase: (current) => current,
  passed: (hook) => ({ level: 'Warning', message: `Rollback check ${hook} passed` }),
  refused: (hook) => ({
    level: 'Normal',
    message: `Rollback hook ${hook} not signaling a rollback`,
  }),
};
