import type { Condition } from '../domain/policy.ts';

/** What a condition should say. */
export type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions that an object should have: each finding, and what others wrote of other types.
 * @param now RFC 3339 in UTC; when a status changed, to the second, as Kubernetes writes it
 */
export function conditionsWith(
  before: readonly Condition[],
  findings: readonly Finding[],
  { now, generation }: { readonly now: string; readonly generation: number },
): Condition[] {
  const at = `${now.slice(0, 19)}Z`;
  const found = findings.map((finding): Condition => {
    const old = before.find(({ type }) => type === finding.type);
    const isSame = old?.status === finding.status;
    const lastTransitionTime = isSame ? old.lastTransitionTime : at;
    return { ...finding, lastTransitionTime, observedGeneration: generation };
  });
  const types = findings.map(({ type }) => type);
  return [...found, ...before.filter(({ type }) => !types.includes(type))];
}

/** Whether a condition of this type is True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return (conditions ?? []).some((each) => each.type === type && each.status === 'True');
}
