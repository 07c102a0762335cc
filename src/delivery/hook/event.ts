import type { HookKind } from './types.ts';

/** Told every event of the Canary. */
export const hook: HookKind = {
  type: 'event',
  onRefusal: 'ignored',
  payloadPhase: (current) => current,
  passed: () => undefined,
  refused: (hook, _subject, reason) => ({
    level: 'Warning',
    message: `Event hook ${hook} failed ${reason}`,
  }),
};
