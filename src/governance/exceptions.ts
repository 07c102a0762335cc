import type { Approval } from '../domain/approval.ts';
import type { ExceptionFact } from '../domain/decision.ts';
import type { ExceptionSubject, PolicyException } from '../domain/exception.ts';
import type { LabelSelector } from '../domain/policy.ts';
import { parseGoDuration } from '../lib/duration.ts';
import { matchesLabels, selectorProblem } from '../lib/label-selector.ts';
import { hasPassed, instantIn } from '../domain/expiry.ts';
import { approversNeeded, isSameUser, mayVouch, type IdentityRules } from './identity.ts';

/** Under which rules exceptions count. */
export interface ExceptionRules {
  /** Exceptions in this namespace reach everything. */
  readonly systemNamespace: string;
  /** Namespaces whose exceptions count for what is in them; `*`: all. Elsewhere an exception means nothing. */
  readonly exceptionNamespaces: readonly string[];
  /** How long an emergency may go without review when it does not say, milliseconds. */
  readonly reviewWithinMs: number;
  readonly identities: IdentityRules;
}

/** Where an exception stands at an instant. */
export interface ExceptionState {
  readonly inForce: boolean;
  readonly isExpired: boolean;
  /** Others who approved it, by name, sorted. */
  readonly approvedBy: readonly string[];
  /** Approvals that it still lacks. */
  readonly missing: number;
  readonly isRejected: boolean;
  /** Emergency: another person has approved or rejected it. */
  readonly isReviewed: boolean;
  readonly isReviewOverdue: boolean;
  /** Emergency: nanoseconds since the Unix epoch until which it must be reviewed. */
  readonly reviewDue?: bigint;
}

const NONE: readonly ExceptionFact[] = [];

/**
 * The exceptions that concern a subject: those in force, and emergencies whose review is overdue, by namespace and name.
 * Their conditions are evaluated by the decision itself.
 * @param approvals of exceptions and of anything else
 * @param now RFC 3339
 */
export function evaluateExceptions(
  exceptions: readonly PolicyException[],
  approvals: readonly Approval[],
  subject: ExceptionSubject,
  at: ExceptionRules & { readonly now: string },
): readonly ExceptionFact[] {
  if (exceptions.length === 0) return NONE;
  const facts = exceptions
    .filter((exception) => selects(exception, subject, at))
    .map((exception) => factOf(exception, exceptionState(exception, approvals, at)))
    .filter(({ inForce, reviewOverdue }) => inForce || reviewOverdue);
  return facts.length === 0 ? NONE : facts.sort(byName);
}

/**
 * Where an exception stands. An Exception is in force once enough others approved it and while nobody rejected it; an
 * Emergency at once, until somebody rejects it; neither without a stamp that says who asked for it.
 */
export function exceptionState(
  exception: PolicyException,
  approvals: readonly Approval[],
  { now, identities, reviewWithinMs }: ExceptionRules & { readonly now: string },
): ExceptionState {
  const { spec } = exception;
  const isExpired = hasPassed(spec.expiresAt, now);
  const isStamped = (spec.requestedBy?.username ?? '') !== '';
  const said = approvalsOf(exception, approvals);
  const byOthers = said.filter((approval) => isByAnother(approval, exception, identities));
  const isRejected = said.some(({ spec: { action } }) => action === 'Reject');
  const approvedBy = approversOf(byOthers, now);
  const isEmergency = spec.type === 'Emergency';
  const needed = isEmergency ? 0 : approversNeeded(spec.requestedBy, identities);
  const missing = Math.max(0, needed - approvedBy.length);
  const isReviewed = byOthers.length > 0;
  const reviewDue = isEmergency ? reviewDueOf(exception, reviewWithinMs) : undefined;
  const isOpen = isStamped && !isReviewed;
  return {
    inForce: !isExpired && isStamped && !isRejected && missing === 0,
    isExpired,
    approvedBy,
    missing,
    isRejected,
    isReviewed,
    isReviewOverdue: isOpen && isBefore(reviewDue, now),
    ...(reviewDue === undefined ? {} : { reviewDue }),
  };
}

function isBefore(due: bigint | undefined, now: string): boolean {
  return due !== undefined && due <= (instantIn(now) ?? 0n);
}

/** Whether somebody who may said it, and not the one who asked for the exception. */
function isByAnother(
  { spec: { approver } }: Approval,
  { spec }: PolicyException,
  rules: IdentityRules,
): boolean {
  return (
    approver !== undefined && mayVouch(approver, rules) && !isSameUser(approver, spec.requestedBy)
  );
}

/** Whether an exception concerns a subject, as far as its conditions are not asked. */
function selects(
  exception: PolicyException,
  subject: ExceptionSubject,
  rules: ExceptionRules,
): boolean {
  if (!reaches(exception, subject, rules)) return false;
  const { kinds, names, namespaceSelector, objectSelector } = exception.spec.match ?? {};
  return (
    (kinds?.includes(subject.kind) ?? true) &&
    (names?.includes(subject.name) ?? true) &&
    selectsLabels(namespaceSelector, subject.namespaceLabels) &&
    selectsLabels(objectSelector, subject.labels)
  );
}

function reaches(
  { metadata: { namespace = '' } }: PolicyException,
  subject: ExceptionSubject,
  { systemNamespace, exceptionNamespaces }: ExceptionRules,
): boolean {
  if (namespace === systemNamespace) return true;
  const isListed = exceptionNamespaces.includes('*') || exceptionNamespaces.includes(namespace);
  return isListed && namespace === subject.namespace;
}

function selectsLabels(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, unknown>>,
): boolean {
  return selectorProblem(selector) === undefined && matchesLabels(selector, labels);
}

const byUid = new WeakMap<readonly Approval[], ReadonlyMap<string, readonly Approval[]>>();

/** What was said about an exception. Found once for a list: caches give the same one until something changes. */
function approvalsOf(
  exception: PolicyException,
  approvals: readonly Approval[],
): readonly Approval[] {
  let index = byUid.get(approvals);
  if (index === undefined) {
    index = Map.groupBy(approvals, ({ spec }) => spec.subject.uid);
    byUid.set(approvals, index);
  }
  const found = index.get(exception.metadata.uid ?? '') ?? [];
  return found.filter((approval) => isAbout(approval, exception));
}

function isAbout({ metadata, spec }: Approval, exception: PolicyException): boolean {
  const { subject } = spec;
  if ((spec.approver?.username ?? '') === '') return false;
  return (
    subject.kind === 'PolicyException' &&
    metadata.namespace === exception.metadata.namespace &&
    subject.name === exception.metadata.name &&
    subject.uid === exception.metadata.uid
  );
}

function approversOf(approvals: readonly Approval[], now: string): readonly string[] {
  const names = approvals
    .filter(({ spec }) => spec.action === 'Approve' && !hasPassed(spec.expiresAt, now))
    .map(({ spec }) => spec.approver?.username ?? '');
  return [...new Set(names)].sort();
}

function reviewDueOf(
  { metadata, spec }: PolicyException,
  reviewWithinMs: number,
): bigint | undefined {
  const created = instantIn(metadata.creationTimestamp);
  if (created === undefined) return undefined;
  const within = parseGoDuration(spec.reviewWithin ?? '');
  const ms = within === undefined ? reviewWithinMs : Math.min(within, reviewWithinMs);
  return created + BigInt(Math.round(ms)) * 1_000_000n;
}

function factOf({ metadata, spec }: PolicyException, state: ExceptionState): ExceptionFact {
  const conditions = spec.match?.conditions ?? [];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    type: spec.type,
    policies: spec.policies.map(({ name, validations }) => ({
      name,
      ...(validations === undefined ? {} : { validations }),
    })),
    ...(conditions.length === 0 ? {} : { conditions }),
    expiresAt: spec.expiresAt,
    inForce: state.inForce,
    reviewOverdue: state.isReviewOverdue,
  };
}

function byName(a: ExceptionFact, b: ExceptionFact): number {
  const [left, right] = [a, b].map(({ namespace, name }) => `${namespace}/${name}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
