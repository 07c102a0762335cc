import { STORED_VERSION } from '../cel/base-environment.ts';
import type { Condition, RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { PolicyIssue } from './compile.ts';

type PolicyStatus = NonNullable<RolloutPolicy['status']>;
type BindingStatus = NonNullable<RolloutPolicyBinding['status']>;
type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

const MAX_MESSAGE = 1024;

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
): PolicyStatus | undefined {
  const [first, ...others] = issues;
  const finding: Finding =
    first === undefined
      ? { status: 'True', reason: 'Compiled', message: 'every expression compiles' }
      : { status: 'False', reason: 'NotCompiling', message: issueText(first, others.length) };
  return changed(policy.status, {
    ...statusWith(policy, finding, now),
    environmentVersion: STORED_VERSION,
  });
}

/**
 * The status that a binding should have.
 * @param isPolicyThere whether the policy that it names exists
 * @param now RFC 3339
 * @returns undefined when it has that status already
 */
export function bindingStatus(
  binding: RolloutPolicyBinding,
  isPolicyThere: boolean,
  now: string,
): BindingStatus | undefined {
  const { policyName } = binding.spec;
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
  const conditions = status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'Ready');
  const observedGeneration = metadata.generation ?? 0;
  const ready: Condition = {
    type: 'Ready',
    ...finding,
    lastTransitionTime: before?.status === finding.status ? before.lastTransitionTime : now,
    observedGeneration,
  };
  return {
    ...status,
    observedGeneration,
    conditions:
      before === undefined
        ? [...conditions, ready]
        : conditions.map((condition) => (condition === before ? ready : condition)),
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
