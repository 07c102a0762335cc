import type { OptionSpec } from './option.ts';

/** Options of what keeps Flagger from the Canaries that Sluice runs. */
export const FENCE_OPTIONS = {
  fence: {
    kind: 'enum',
    default: 'off',
    roles: ['webhook', 'controller'],
    values: ['require', 'off'],
    doc: 'Whether admission keeps Flagger from what Sluice runs. `require`: the webhook refuses its writes, and the executor starts only when that is seen to work. `off`: nothing does; for a cluster without Flagger, or whose Canaries Flagger runs.',
  },
  flaggerUsers: {
    kind: 'list',
    default: 'system:serviceaccount:*:flagger',
    roles: ['webhook', 'controller'],
    doc: 'Users that Flagger writes as; `*` in place of a namespace stands for any.',
  },
} as const satisfies Record<string, OptionSpec>;
