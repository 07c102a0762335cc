import type { AccessLookup } from '../domain/access.ts';
import type { Json } from '../lib/lossless-json.ts';
import { isJsonObject } from '../lib/lossless-json.ts';
import type { PolicyIssue } from '../policy/compile.ts';
import type { GovernanceChecks } from './governance-checks.ts';

/** Why a write of one of our own kinds is refused. */
export interface OwnKindProblem {
  readonly code: number;
  /** A metav1 reason. */
  readonly reason: 'Forbidden' | 'Invalid' | 'ServiceUnavailable';
  readonly messages: readonly string[];
}

/** What the checks of our own kinds need. */
export interface OwnKindChecks {
  /** Users that Sluice writes as: the only ones who may write RolloutRuns. */
  readonly executorUsernames: readonly string[];
  /** The policy engine's check of a RolloutPolicy. */
  readonly validatePolicyObject: (object: Json) => readonly PolicyIssue[];
  /** The policy engine's check of a RolloutPolicyBinding's params; absent: they are not checked. */
  readonly validateBindingObject?: (object: Json) => readonly PolicyIssue[];
  /** Who may do what, as far as it is known: with an undefined answer the check is made again once there is one. */
  readonly access?: AccessLookup;
  /** What approvals, exceptions and references are checked against; absent: nothing is known of them. */
  readonly governance?: GovernanceChecks;
}

/** The group of our kinds. */
export const GROUP = 'sluice.dev';

/** A refusal of what is wrong with the object; undefined when nothing is. */
export function invalid(messages: readonly string[]): OwnKindProblem | undefined {
  return messages.length === 0 ? undefined : { code: 422, reason: 'Invalid', messages };
}

/** A refusal of who asks. */
export function forbidden(message: string): OwnKindProblem {
  return { code: 403, reason: 'Forbidden', messages: [message] };
}

/** A refusal because something is not known at this moment. */
export function unknown(message: string): OwnKindProblem {
  return { code: 503, reason: 'ServiceUnavailable', messages: [message] };
}

/** `spec` of an object. */
export function specOf(object: Json): Json | undefined {
  return isJsonObject(object) ? object['spec'] : undefined;
}
