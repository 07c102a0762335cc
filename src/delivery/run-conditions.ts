import type { Condition, Gate } from '../domain/policy.ts';

/** The condition `Held` of a run; without a gate it is not held. */
export function heldCondition(gate: Gate | undefined, at: string): Condition {
  return gate === undefined
    ? { type: 'Held', status: 'False', reason: 'NotHeld', message: '', lastTransitionTime: at }
    : {
        type: 'Held',
        status: 'True',
        reason: gate,
        message: `held at the gate ${gate}`,
        lastTransitionTime: at,
      };
}

/** The conditions with one more, or another of its type. */
export function withCondition(conditions: readonly Condition[], next: Condition): Condition[] {
  const old = conditions.find(({ type }) => type === next.type);
  if (old?.status === next.status && old.reason === next.reason) return [...conditions];
  return [...conditions.filter(({ type }) => type !== next.type), next];
}
