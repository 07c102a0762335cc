import { ALERT_OPTIONS } from './alert-options.ts';
import { ELECTION_OPTIONS } from './election-options.ts';
import { EXECUTOR_OPTIONS } from './executor-options.ts';
import { FENCE_OPTIONS } from './fence-options.ts';
import { GOVERNANCE_OPTIONS } from './governance-options.ts';
import type { OptionSpec, ValueOf } from './option.ts';
import { OUTBOUND_OPTIONS } from './outbound-options.ts';
import { POLICY_OPTIONS } from './policy-options.ts';
import { PROCESS_OPTIONS } from './process-options.ts';
import { ROUTER_OPTIONS } from './router-options.ts';
import { WEBHOOK_OPTIONS } from './webhook-options.ts';

/** Roles that this version can run, in the order in which they start. */
export const ROLES = ['webhook', 'controller', 'gates'] as const;
export type Role = (typeof ROLES)[number];
/** Roles that are planned; asking for one says so. */
export const PLANNED_ROLES: readonly string[] = ['dashboard'];

/** Every option of `sluice serve`, in the order of `--help` and of the reference page. */
export const OPTIONS = {
  roles: {
    kind: 'list',
    default: 'webhook,controller',
    roles: [],
    doc: 'What this process does: a comma list of webhook, controller and gates.',
  },
  ...PROCESS_OPTIONS,
  ...EXECUTOR_OPTIONS,
  ...ROUTER_OPTIONS,
  ...ALERT_OPTIONS,
  ...OUTBOUND_OPTIONS,
  ...ELECTION_OPTIONS,
  ...FENCE_OPTIONS,
  ...WEBHOOK_OPTIONS,
  ...POLICY_OPTIONS,
  ...GOVERNANCE_OPTIONS,
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof OPTIONS;

/** The validated configuration; frozen. Durations are milliseconds. */
export type Config = {
  readonly [K in Exclude<OptionKey, 'roles'>]: ValueOf<(typeof OPTIONS)[K]>;
} & { readonly roles: readonly Role[] };

/** Keys in the order of the table. */
export const OPTION_KEYS = Object.keys(OPTIONS) as OptionKey[];
