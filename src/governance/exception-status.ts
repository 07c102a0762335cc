import type { Approval } from '../domain/approval.ts';
import type { PolicyException } from '../domain/exception.ts';
import { conditionsWith, isTrue, type Finding } from './conditions.ts';
import { exceptionState, type ExceptionRules, type ExceptionState } from './exceptions.ts';
import { instantIn } from '../domain/expiry.ts';
import type { StatusPlan, Told } from './status-plan.ts';

type Status = NonNullable<PolicyException['status']>;

/** Under which rules the status of an exception is made. */
export interface ExceptionStatusRules extends ExceptionRules {
  /** RFC 3339. */
  readonly now: string;
  /** How long before its end an event says so, milliseconds. */
  readonly noticeMs: number;
}

/**
 * The status that an exception should have, what is to be told of it, and when to look again. What was told is known by
 * the conditions, so that it is told once.
 */
export function exceptionStatus(
  exception: PolicyException,
  approvals: readonly Approval[],
  rules: ExceptionStatusRules,
): StatusPlan<Status> {
  const state = exceptionState(exception, approvals, rules);
  const isNear = nearEnd(exception, state, rules);
  const generation = exception.metadata.generation ?? 0;
  const findings = findingsOf(exception, state, isNear);
  const conditions = conditionsWith(exception.status?.conditions ?? [], findings, {
    now: rules.now,
    generation,
  });
  const instants = [
    instantIn(exception.spec.expiresAt),
    noticeAt(exception, rules.noticeMs),
    state.isReviewed ? undefined : state.reviewDue,
  ];
  return {
    status: { observedGeneration: generation, conditions },
    told: toldOf(exception, findings),
    instants: instants.filter((instant) => instant !== undefined),
  };
}

function noticeAt({ spec }: PolicyException, noticeMs: number): bigint | undefined {
  const end = instantIn(spec.expiresAt);
  return end === undefined ? undefined : end - BigInt(noticeMs) * 1_000_000n;
}

function nearEnd(
  exception: PolicyException,
  state: ExceptionState,
  { noticeMs, now }: ExceptionStatusRules,
): boolean {
  const notice = noticeAt(exception, noticeMs);
  return state.inForce && notice !== undefined && notice <= (instantIn(now) ?? 0n);
}

function findingsOf(
  { spec }: PolicyException,
  state: ExceptionState,
  isNear: boolean,
): readonly Finding[] {
  const say = (type: string, holds: boolean, reason: string, message: string): Finding => ({
    type,
    status: holds ? 'True' : 'False',
    reason,
    message,
  });
  const [reason, message] = forceOf(spec, state);
  const end = `it ends at ${spec.expiresAt}`;
  const review =
    spec.type !== 'Emergency'
      ? []
      : [say('ReviewOverdue', state.isReviewOverdue, ...reviewOf(state))];
  return [
    say('InForce', state.inForce, reason, message),
    say('Expired', state.isExpired, state.isExpired ? 'Lapsed' : 'Running', end),
    say('Expiring', isNear, isNear ? 'EndsSoon' : 'NotSoon', end),
    ...review,
  ];
}

/** Why it is in force, or why not. */
function forceOf(
  { type, requestedBy }: PolicyException['spec'],
  { inForce, isExpired, isRejected, missing, approvedBy }: ExceptionState,
): [reason: string, message: string] {
  if (isExpired) return ['Lapsed', 'it has ended'];
  if (isRejected) return ['Rejected', 'somebody rejected it'];
  if ((requestedBy?.username ?? '') === '') {
    return ['Unstamped', 'admission has not seen who asked for it: make it again'];
  }
  if (!inForce) {
    const people = missing === 1 ? 'one more person' : `${missing} more people`;
    return ['AwaitingApproval', `${people} must approve it, not the one who asked for it`];
  }
  return type === 'Emergency'
    ? ['Emergency', 'in force at once']
    : ['Approved', `approved by ${approvedBy.join(', ')}`];
}

function reviewOf({
  isReviewed,
  isReviewOverdue,
  reviewDue,
}: ExceptionState): [reason: string, message: string] {
  if (isReviewed) return ['Reviewed', 'another person has reviewed it'];
  const due =
    reviewDue === undefined ? 'a time that is not known' : new Temporal.Instant(reviewDue);
  return isReviewOverdue
    ? ['Overdue', `it had to be reviewed by ${String(due)}: nothing that it selects goes forward`]
    : ['ReviewDue', `another person must review it by ${String(due)}`];
}

/** Condition that becomes true, and the event that says so. */
const EVENTS: readonly (readonly [type: string, level: Told['level'], reason: string])[] = [
  ['InForce', 'Normal', 'ExceptionInForce'],
  ['Expiring', 'Warning', 'ExceptionExpiring'],
  ['Expired', 'Warning', 'ExceptionLapsed'],
  ['ReviewOverdue', 'Warning', 'EmergencyReviewOverdue'],
];

function toldOf({ spec, status }: PolicyException, findings: readonly Finding[]): readonly Told[] {
  return EVENTS.flatMap(([type, level, reason]) => {
    const finding = findings.find((each) => each.type === type);
    if (finding?.status !== 'True' || isTrue(status?.conditions, type)) return [];
    const policies = spec.policies.map(({ name }) => name).join(', ');
    const message = `${spec.type === 'Emergency' ? 'Emergency exception' : 'Exception'} from ${policies}: ${finding.message}`;
    return [{ level, reason, message }];
  });
}
