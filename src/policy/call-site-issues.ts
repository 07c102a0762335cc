import { GATES, type RolloutPolicy } from '../domain/policy.ts';
import { closest } from '../lib/closest.ts';
import { compileStoredPolicy, type PolicyIssue } from './compile.ts';
import { ROLLOUT } from './expression.ts';

/**
 * What is wrong with the expressions of a policy at the gates at which it is evaluated, though they compile: there
 * `rollout` has declared fields. The message names the gates.
 * @param known issues that the policy has wherever it is evaluated; they are not repeated
 * @returns in the order of the fields; none for a policy that no gate asks
 */
export function callSiteIssues(
  policy: RolloutPolicy,
  known: readonly PolicyIssue[],
): readonly PolicyIssue[] {
  const gates = GATES.filter((gate) => policy.spec.evaluateAt?.includes(gate));
  if (policy.kind !== 'RolloutPolicy' || gates.length === 0) return [];
  const keys = new Set(known.map(keyOf));
  return compileStoredPolicy(policy, { types: { rollout: ROLLOUT } })
    .issues.filter((issue) => !keys.has(keyOf(issue)))
    .map((issue) => ({
      ...issue,
      message: `at ${gates.join(', ')}: ${issue.message}${hint(issue.message)}`,
    }));
}

function keyOf({ field, line, column, message }: PolicyIssue): string {
  return `${field} ${line ?? ''}:${column ?? ''} ${message}`;
}

const FIELDS = ROLLOUT.kind === 'struct' ? Object.keys(ROLLOUT.struct.fields) : [];

function hint(message: string): string {
  const name = /^undefined field '(\w+)'$/.exec(message)?.[1];
  const meant = name === undefined ? undefined : closest(name, FIELDS);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}
