import type { Approval, ApprovalAction } from '../domain/approval.ts';
import type { ApprovalFact, UserInfo } from '../domain/decision.ts';
import type { Gate } from '../domain/policy.ts';
import { hasPassed, instantIn } from '../domain/expiry.ts';
import { approversNeeded, isSameUser, mayVouch, type IdentityRules } from './identity.ts';

/** The run that approvals are about. */
export interface ApprovedRun {
  readonly namespace: string;
  readonly uid: string;
  /** null: not known. */
  readonly changedBy: UserInfo | null;
}

/** When and under which rules approvals count. */
export interface ApprovalTime {
  /** RFC 3339. */
  readonly now: string;
  readonly identities: IdentityRules;
}

/** What anybody with the right may say, the author too: it can only make things safer. */
const TOWARD_SAFETY: ReadonlySet<ApprovalAction> = new Set<ApprovalAction>([
  'Reject',
  'Abort',
  'Pause',
]);
/** What the author may not say about the own change, and what an unknown author's needs two people for. */
const BY_OTHERS: ReadonlySet<ApprovalAction> = new Set<ApprovalAction>(['Approve', 'Promote']);

/** Whether the action only makes things safer: it needs no quorum, and may be the author's. */
export function isTowardSafeAction(action: ApprovalAction): boolean {
  return TOWARD_SAFETY.has(action);
}

/** Whether the action must come from somebody else than the author. */
export function needsAnotherPerson(action: ApprovalAction): boolean {
  return BY_OTHERS.has(action);
}

/**
 * The approvals of a run that count now, oldest first: bound to it by uid, stamped, unexpired, said by somebody who may.
 * An Approve that the same person rejected later is withdrawn. Approve and Promote count from others than the author
 * only, and with an unknown author from two different people on. What was acted upon already is among them.
 */
export function standingApprovals(
  approvals: readonly Approval[],
  run: ApprovedRun,
  { now, identities }: ApprovalTime,
): readonly Approval[] {
  const bound = approvals.filter(
    (approval) =>
      isBound(approval, run) &&
      !hasPassed(approval.spec.expiresAt, now) &&
      mayCount(approval, run, identities),
  );
  if (bound.length === 0) return bound;
  const standing = bound.filter((approval) => !isWithdrawn(approval, bound)).sort(byAge);
  const needed = approversNeeded(run.changedBy, identities);
  return standing.filter(
    ({ spec }) => !needsAnotherPerson(spec.action) || peopleWho(spec.action, standing) >= needed,
  );
}

/**
 * The approvals of a run as facts of a decision at a gate: as {@link standingApprovals}, an Approve only where its scope
 * holds the gate and the weight. The quorum counts within the scope.
 */
export function evaluateApprovals(
  approvals: readonly Approval[],
  run: ApprovedRun,
  at: ApprovalTime & { readonly gate: Gate; readonly toWeight: number },
): readonly ApprovalFact[] {
  if (approvals.length === 0) return [];
  const inScope = approvals.filter((approval) => opens(approval, at.gate, at.toWeight));
  return standingApprovals(inScope, run, at).map(factOf);
}

function isBound({ metadata, spec }: Approval, { namespace, uid }: ApprovedRun): boolean {
  const { subject } = spec;
  return metadata.namespace === namespace && subject.kind === 'RolloutRun' && subject.uid === uid;
}

function mayCount({ spec }: Approval, { changedBy }: ApprovedRun, rules: IdentityRules): boolean {
  const { approver, action } = spec;
  if ((approver?.username ?? '') === '' || approver === undefined) return false;
  if (isTowardSafeAction(action)) return true;
  if (!mayVouch(approver, rules)) return false;
  return !needsAnotherPerson(action) || !isSameUser(approver, changedBy);
}

function isWithdrawn(approval: Approval, all: readonly Approval[]): boolean {
  if (approval.spec.action !== 'Approve') return false;
  return all.some(
    (other) =>
      other.spec.action === 'Reject' &&
      isSameUser(other.spec.approver, approval.spec.approver) &&
      createdAt(other) >= createdAt(approval),
  );
}

function peopleWho(action: ApprovalAction, approvals: readonly Approval[]): number {
  const names = approvals
    .filter(({ spec }) => spec.action === action)
    .map(({ spec }) => spec.approver?.username);
  return new Set(names).size;
}

function opens({ spec }: Approval, gate: Gate, toWeight: number): boolean {
  const { action, scope } = spec;
  if (action !== 'Approve' || scope === undefined) return true;
  // A promotion gives the new version everything.
  const weight = gate === 'Promotion' ? 100 : toWeight;
  return (scope.gates?.includes(gate) ?? true) && weight <= (scope.maxWeight ?? 100);
}

function factOf({ metadata, spec }: Approval): ApprovalFact {
  const { username = '', uid = '', groups = [] } = spec.approver ?? {};
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    approver: { username, uid, groups },
    action: spec.action,
    createdAt: metadata.creationTimestamp ?? '',
    ...(spec.scope === undefined ? {} : { scope: spec.scope }),
    signatureVerified: false,
  };
}

function createdAt({ metadata }: Approval): bigint {
  return instantIn(metadata.creationTimestamp) ?? 0n;
}

function byAge(a: Approval, b: Approval): number {
  const [left, right] = [createdAt(a), createdAt(b)];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
