import type { ObjectCache } from '../domain/client.ts';
import type { PolicyException } from '../domain/exception.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { ExceptionRules } from '../governance/exceptions.ts';
import type { Approval } from '../domain/approval.ts';

/** What writes of governance kinds are checked against. */
export interface GovernanceChecks {
  readonly runs: ObjectCache<RolloutRun>;
  readonly exceptions: ObjectCache<PolicyException>;
  readonly approvals: ObjectCache<Approval>;
  readonly policies: ObjectCache<RolloutPolicy>;
  readonly bindings: ObjectCache<RolloutPolicyBinding>;
  readonly rules: ExceptionRules;
  /** How far ahead an exception may expire, milliseconds. */
  readonly maxExceptionMs: number;
  /** The same for an emergency. */
  readonly maxEmergencyMs: number;
  /** A copy older than this many milliseconds is not believed. */
  readonly freshnessMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Whether what a copy shows, and does not show, may be believed. */
export function isCurrent(
  cache: Pick<ObjectCache<never>, 'synced' | 'ageMs'>,
  { freshnessMs }: GovernanceChecks,
): boolean {
  return cache.synced && cache.ageMs() <= freshnessMs;
}
