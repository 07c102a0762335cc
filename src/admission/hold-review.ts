import type { Decision, JsonPatchOperation } from '../domain/decision.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import {
  asHeld,
  changesRevision,
  holdPatch,
  holdProblem,
  isHoldable,
  isOnlyHeld,
  type HoldChecks,
} from './hold.ts';
import type { CanarySurroundings } from './protect-canary.ts';
import type { Review } from './review-codec.ts';

/** What decides whether a change of a Deployment is held. */
export interface HoldSurroundings {
  /** Absent members: no policy holds a Deployment. */
  readonly engine: Partial<Pick<PolicyEngine, 'mayHold' | 'opensAtStart'>>;
  readonly canaries: CanarySurroundings['canaries'];
}

/** Whether policies must be asked before a change of a Deployment's pods can be let in or held. */
export function mayBeHeld({ engine }: HoldSurroundings, review: Review): boolean {
  return isHoldable(review) && changesRevision(review) && engine.mayHold?.(review.request) === true;
}

/** The patch that holds the change, takes a hold back, or keeps one that somebody would undo; empty for other objects. */
export function holdingOf(
  surroundings: HoldSurroundings,
  review: Review,
  decision: Decision,
): readonly JsonPatchOperation[] {
  return isHoldable(review) ? holdPatch(review, checksOf(surroundings, decision)) : [];
}

/** A change that policies hold is let in when it is held; one that ought to be held and is not has an issue. */
export function judgeHold(
  surroundings: HoldSurroundings,
  review: Review,
  decision: Decision,
): { readonly decision: Decision; readonly issue?: string } {
  if (!isHoldable(review)) return { decision };
  const checks = checksOf(surroundings, decision);
  const issue = holdProblem(review, { ...checks, holds: false });
  if (issue !== undefined) return { decision, issue };
  // What policies alone would hold, and is not held, their own decision denies.
  if (!changesRevision(review) || holdProblem(review, checks) !== undefined) return { decision };
  return { decision: asHeld(decision, opensAtStart(surroundings)) };
}

function checksOf(surroundings: HoldSurroundings, decision: Decision): HoldChecks {
  const { canaries } = surroundings;
  return {
    holds: isOnlyHeld(decision, opensAtStart(surroundings)),
    isTarget: (namespace, name) =>
      (canaries(namespace) ?? []).some(
        ({ spec: { targetRef } }) => targetRef.kind === 'Deployment' && targetRef.name === name,
      ),
  };
}

function opensAtStart({ engine }: HoldSurroundings): (policy: string) => boolean {
  return (policy) => engine.opensAtStart?.(policy) === true;
}
