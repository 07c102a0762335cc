import type { HookKind } from './types.ts';

/** Asked in every round before the metrics; a refusal is a failed check. */
export const hook: HookKind = {
  type: 'rollout',
  onRefusal: 'failedCheck',
  payloadPhase: () => 'Progressing',
  passed: () => undefined,
  refused: (hook, subject, reason) => ({
    level: 'Warning',
    message: `Halt ${subject} advancement external check ${hook} failed ${reason}`,
  }),
};
