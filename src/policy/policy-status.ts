import { STORED_VERSION } from '../cel/base-environment.ts';
import type {
  Condition,
  PolicyScanStatus,
  RolloutPolicy,
  RolloutPolicyBinding,
} from '../domain/policy.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { PolicyIssue } from './compile.ts';
import type { EffectCounts } from './scan-tally.ts';
import type { TypeCheckWarning } from './type-check.ts';
import { actionsOf, strictestAction } from './violations.ts';

type PolicyStatus = NonNullable<RolloutPolicy['status']>;
type BindingStatus = NonNullable<RolloutPolicyBinding['status']>;
type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

const MAX_MESSAGE = 1024;
const MAX_BINDINGS = 256;
const MAX_WARNINGS = 128;
const MAX_REPLICAS = 16;
const MAX_ADMISSION_AGE_MS = 7 * 86_400_000;

/** What is known of a policy besides itself; what is not known leaves the status as it is. */
export interface PolicyFindings {
  /** Those that name it. */
  readonly bindings?: readonly RolloutPolicyBinding[];
  readonly warnings?: readonly TypeCheckWarning[];
  /** Existing objects by what it does to them, and some that do not meet it. */
  readonly scan?: { readonly counts: EffectCounts; readonly examples: readonly string[] };
  readonly latency?: { readonly p50Micros: number; readonly p99Micros: number };
  /** Its condition Scanned. */
  readonly scanned?: Finding;
}

/**
 * The status that a policy should have.
 * @param issues of its stored form, in the order of the fields
 * @param now RFC 3339
 * @returns undefined when it has that status already
 */
export function policyStatus(
  policy: RolloutPolicy,
  issues: readonly PolicyIssue[],
  now: string,
  findings: PolicyFindings = {},
): PolicyStatus | undefined {
  const [first, ...others] = issues;
  const finding: Finding =
    first === undefined
      ? { status: 'True', reason: 'Compiled', message: 'every expression compiles' }
      : { status: 'False', reason: 'NotCompiling', message: issueText(first, others.length) };
  const { scanned } = findings;
  const status = statusWith(policy, finding, now);
  return changed(policy.status, {
    ...(scanned === undefined
      ? status
      : withCondition(status, { type: 'Scanned', finding: scanned, now })),
    environmentVersion: STORED_VERSION,
    ...foundStatus(findings),
    ...keptAdmission(policy.status, now),
  });
}

function foundStatus({
  bindings,
  warnings,
  scan,
  latency,
}: PolicyFindings): Omit<PolicyStatus, 'conditions'> {
  return {
    ...(bindings === undefined ? {} : { bindings: boundBy(bindings) }),
    ...(warnings === undefined
      ? {}
      : { typeChecking: { expressionWarnings: warnings.slice(0, MAX_WARNINGS) } }),
    ...(scan === undefined ? {} : { scan: scanStatus(scan) }),
    ...(latency === undefined
      ? {}
      : { latency: { p50Micros: latency.p50Micros, p99Micros: latency.p99Micros } }),
  };
}

/** Without the counts of replicas that are long gone. */
function keptAdmission(
  status: RolloutPolicy['status'],
  now: string,
): Pick<PolicyStatus, 'admission'> {
  if (status?.admission === undefined) return {};
  const oldest = Date.parse(now) - MAX_ADMISSION_AGE_MS;
  const entries = Object.entries(status.admission)
    .filter(([, { until }]) => Date.parse(until) >= oldest)
    .sort(([, a], [, b]) => (a.until > b.until ? -1 : 1))
    .slice(0, MAX_REPLICAS);
  return { admission: Object.fromEntries(entries) };
}

function boundBy(bindings: readonly RolloutPolicyBinding[]): NonNullable<PolicyStatus['bindings']> {
  return [...bindings]
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .slice(0, MAX_BINDINGS)
    .map((binding) => ({
      name: binding.metadata.name,
      action: strictestAction(actionsOf(binding)),
    }));
}

/** What the scan has found, as the status has it. */
export function scanStatus({
  counts,
  examples,
}: NonNullable<PolicyFindings['scan']>): PolicyScanStatus {
  return {
    denied: counts.Deny,
    held: counts.Hold,
    warned: counts.Warn,
    audited: counts.Audit,
    errors: counts.error,
    excepted: counts.excepted,
    passed: counts.pass,
    examples: [...examples],
  };
}

/**
 * The status that a binding should have.
 * @param isPolicyThere whether the policy that it names exists
 * @param now RFC 3339
 * @param issues of its params, by the schema of the policy
 * @returns undefined when it has that status already
 */
export function bindingStatus(
  binding: RolloutPolicyBinding,
  isPolicyThere: boolean,
  now: string,
  issues: readonly PolicyIssue[] = [],
): BindingStatus | undefined {
  const { policyName } = binding.spec;
  const [first, ...others] = issues;
  if (isPolicyThere && first !== undefined) {
    const message = issueText(first, others.length);
    const finding: Finding = { status: 'False', reason: 'ParamsInvalid', message };
    return changed(binding.status, statusWith(binding, finding, now));
  }
  const finding: Finding = isPolicyThere
    ? { status: 'True', reason: 'PolicyFound', message: `RolloutPolicy ${policyName} exists` }
    : {
        status: 'False',
        reason: 'PolicyMissing',
        message: `RolloutPolicy ${policyName} does not exist: the binding is not applied`,
      };
  return changed(binding.status, statusWith(binding, finding, now));
}

function issueText({ field, line, column, message }: PolicyIssue, others: number): string {
  const place = line === undefined ? field : `${field}:${line}:${column ?? 1}`;
  const more = others === 0 ? '' : ` (and ${others} more)`;
  // A character that is cut in two would be stored as another one, and so differ for ever.
  const text = `${place}: ${message}`.slice(0, MAX_MESSAGE - more.length).toWellFormed();
  return `${text}${more}`;
}

/** The status with its condition Ready; conditions of other types stay. */
function statusWith(
  { metadata, status }: RolloutPolicy | RolloutPolicyBinding,
  finding: Finding,
  now: string,
): BindingStatus {
  const observedGeneration = metadata.generation ?? 0;
  return withCondition({ ...status, observedGeneration }, { type: 'Ready', finding, now });
}

function withCondition(
  status: BindingStatus,
  {
    type,
    finding,
    now,
  }: { readonly type: string; readonly finding: Finding; readonly now: string },
): BindingStatus {
  const { conditions = [], observedGeneration = 0 } = status;
  const before = conditions.find((condition) => condition.type === type);
  const next: Condition = {
    type,
    ...finding,
    lastTransitionTime: before?.status === finding.status ? before.lastTransitionTime : now,
    observedGeneration,
  };
  return {
    ...status,
    conditions:
      before === undefined
        ? [...conditions, next]
        : conditions.map((condition) => (condition === before ? next : condition)),
  };
}

function changed<T extends BindingStatus>(
  before: BindingStatus | undefined,
  next: T,
): T | undefined {
  const isSame =
    before !== undefined &&
    canonicalJson(before as unknown as Json) === canonicalJson(next as unknown as Json);
  return isSame ? undefined : next;
}
