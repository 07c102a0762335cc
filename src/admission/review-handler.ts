import type { AccessReviewer } from '../domain/access.ts';
import type { Clock } from '../domain/clock.ts';
import type { Decision, JsonPatchOperation } from '../domain/decision.ts';
import { SluiceError } from '../domain/errors.ts';
import { silentLogger, type Logger } from '../domain/logger.ts';
import { chain, type MaybePromise } from '../lib/maybe-promise.ts';
import { answering } from '../policy/answering.ts';
import { applyJsonPatch } from '../policy/apply-json-patch.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import { mutationAnswer, refusal, validationAnswer } from './answer.ts';
import type { GovernanceChecks } from './governance-checks.ts';
import { noMetrics, type AdmissionMetrics } from './metrics.ts';
import { holdingOf, judgeHold, mayBeHeld, type HoldSurroundings } from './hold-review.ts';
import { ownKindWarnings } from './own-kind-warnings.ts';
import {
  isGovernedByPolicies,
  isOwnKind,
  ownKindProblem,
  type OwnKindProblem,
} from './own-kinds.ts';
import { canaryWarnings } from './protect-canary.ts';
import { protectionProblem, type ProtectionChecks } from './protect.ts';
import { routeOf, type Route } from './paths.ts';
import { reviewFailure, unknownPath, type ReviewAnswer } from './review-failure.ts';
import { decodeReview, encodeReview, type Review, type ReviewResponse } from './review-codec.ts';
import { carriesStamp, stampPatch, stampProblem } from './stamps.ts';

export interface ReviewHandlerOptions {
  readonly engine: Pick<
    PolicyEngine,
    'review' | 'mayMutate' | 'validatePolicyObject' | 'validateBindingObject' | 'readiness'
  > &
    HoldSurroundings['engine'];
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly metrics?: AdmissionMetrics;
  /**
   * Users that Sluice itself writes as, e.g. `system:serviceaccount:sluice-system:sluice-controller`. They alone may
   * write RolloutRuns; their writes are not stamped.
   */
  readonly executorUsernames: readonly string[];
  /** Answers who may do what to our own kinds; absent: nobody can be asked. */
  readonly access?: AccessReviewer;
  /** What approvals, exceptions and references are checked against; absent: nothing is known of them. */
  readonly governance?: GovernanceChecks;
  /** What is refused whatever policies say; absent: references to other namespaces go, other Canaries are not known. */
  readonly protection?: Omit<ProtectionChecks, 'executorUsernames'>;
}

/**
 * Answers one review; needs no socket. Never throws or rejects. The answer is there at once unless the cluster's
 * authorizers must be asked, and then within the decision's own deadline of a second.
 * @param path of the URL, with its query string
 */
export type ReviewHandler = (path: string, body: string) => MaybePromise<ReviewAnswer>;

/** What answering needs. */
interface Context extends ReviewHandlerOptions {
  readonly logger: Logger;
  readonly metrics: AdmissionMetrics;
  /** @throws SluiceError SLUICE_NOT_READY */
  readonly assertReady: () => void;
}

/** Milliseconds for the questions of Sluice's own checks. */
const ACCESS_TIMEOUT_MS = 800;

/** A review that Sluice answers without asking policies: the decision that stands for it. */
const UNGOVERNED: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 0,
  snapshotDigest: '',
  factsDigest: '',
};

/** What is known of other Canaries without a copy of them. */
const UNKNOWN: Omit<ProtectionChecks, 'executorUsernames'> = {
  canaries: () => undefined,
  noCrossNamespaceRefs: false,
};

/** Makes the transport-free core of the webhook. */
export function createReviewHandler(options: ReviewHandlerOptions): ReviewHandler {
  const context: Context = {
    ...options,
    logger: options.logger ?? silentLogger,
    metrics: options.metrics ?? noMetrics,
    assertReady: readinessLatch(options),
  };
  return (path, body) => {
    const route = routeOf(path);
    if (route === undefined) {
      context.metrics.rejected('unknown-path');
      return unknownPath();
    }
    return answer(context, route, body);
  };
}

function answer(context: Context, route: Route, body: string): MaybePromise<ReviewAnswer> {
  const startedAt = context.clock.monotonic();
  let uid = '';
  try {
    const review = decodeReview(body);
    uid = review.uid;
    context.assertReady();
    const answered = chain(decideReview(context, route, review), ({ response, verdict }) => {
      const text = encodeReview(response);
      const seconds = (context.clock.monotonic() - startedAt) / 1000;
      context.metrics.answered(route.review, verdict, seconds);
      log(context, review, verdict);
      return { status: 200, body: text };
    });
    return answered instanceof Promise
      ? answered.catch((error: unknown) => reviewFailure(context, route, uid, error))
      : answered;
  } catch (error) {
    return reviewFailure(context, route, uid, error);
  }
}

/**
 * Nothing is answered before the first policies, bindings and namespaces are in. Later on a stale copy does not stop
 * the review path: the decision itself says what is unknown, and lets through what is toward safety.
 */
function readinessLatch({ engine }: ReviewHandlerOptions): () => void {
  let wasReady = false;
  return () => {
    if (wasReady) return;
    const { ready, reasons } = engine.readiness();
    if (!ready) {
      throw new SluiceError('SLUICE_NOT_READY', `Sluice is not ready: ${reasons.join('; ')}`);
    }
    wasReady = true;
  };
}

/** What is answered, and how it is counted. */
interface Decided {
  readonly response: ReviewResponse;
  readonly verdict: string;
}

function decideReview(context: Context, route: Route, review: Review): MaybePromise<Decided> {
  return route.review === 'mutate' ? mutate(context, review) : validate(context, review);
}

function mutate(context: Context, review: Review): MaybePromise<Decided> {
  // Violations count at /validate: without mutations there is nothing to ask here.
  const { engine } = context;
  const matters = engine.mayMutate(review.request) || mayBeHeld(surroundings(context), review);
  const asked = matters ? ask(context, review) : UNGOVERNED;
  return chain(asked, (decision) => {
    const response = mutationAnswer(review, decision, stampsOf(context, review, decision));
    return { response, verdict: response.allowed ? 'allow' : 'error' };
  });
}

/** Policies see what was submitted, as in the API server; the stamp comes last, so that none can change it. */
function stampsOf(
  context: Context,
  review: Review,
  decision: Decision,
): readonly JsonPatchOperation[] {
  if (!isStamped(context, review)) return [];
  const stamp = stampPatch(patched(review, decision.patch));
  const whole = patched(review, [...decision.patch, ...stamp]);
  return [...stamp, ...holdingOf(surroundings(context), whole, decision)];
}

function patched(review: Review, patch: readonly JsonPatchOperation[]): Review {
  return patch.length === 0 ? review : { ...review, object: applyJsonPatch(review.object, patch) };
}

function validate(context: Context, review: Review): MaybePromise<Decided> {
  const { uid } = review;
  return chain(problemOf(context, review), (found) => {
    const problem = found ?? protectionProblem(review, protectionOf(context));
    if (problem !== undefined) {
      const response = refusal(uid, problem.code, problem.reason, problem.messages);
      return { response, verdict: 'deny' };
    }
    const stampIssue = isStamped(context, review) ? stampProblem(review) : undefined;
    const notes = [
      ...ownKindWarnings(review, context.governance),
      ...canaryWarnings(review, protectionOf(context)),
    ];
    return chain(ask(context, { ...review, isFinal: true }), (decided) => {
      const noted =
        notes.length === 0 ? decided : { ...decided, warnings: [...notes, ...decided.warnings] };
      const { decision, issue } = isStamped(context, review)
        ? judgeHold(surroundings(context), review, noted)
        : { decision: noted };
      const problems = [stampIssue, issue].filter((problem) => problem !== undefined);
      const verdict = problems.length === 0 ? decision.verdict : 'deny';
      return { response: validationAnswer(review, decision, problems), verdict };
    });
  });
}

function surroundings(context: Context): HoldSurroundings {
  return { engine: context.engine, canaries: protectionOf(context).canaries };
}

function protectionOf({ protection, executorUsernames }: Context): ProtectionChecks {
  return { ...UNKNOWN, ...protection, executorUsernames };
}

/** What speaks against a write of our own kinds; who may do what is asked where that decides. */
function problemOf(context: Context, review: Review): MaybePromise<OwnKindProblem | undefined> {
  if (!isOwnKind(review)) return undefined;
  const { engine, executorUsernames, access, clock, logger, governance } = context;
  return answering(
    (lookup) =>
      ownKindProblem(review, {
        executorUsernames,
        validatePolicyObject: (object) => engine.validatePolicyObject(object),
        validateBindingObject: (object) => engine.validateBindingObject(object),
        access: lookup,
        ...(governance === undefined ? {} : { governance }),
      }),
    {
      access,
      clock,
      timeoutMs: ACCESS_TIMEOUT_MS,
      onFailure: (error) => {
        logger.warn({ error }, 'authorization could not be asked');
      },
    },
  );
}

function isStamped({ executorUsernames }: Context, review: Review): boolean {
  const { username = '' } = review.request.userInfo;
  return carriesStamp(review) && !executorUsernames.includes(username);
}

/** @param review `isFinal` when no webhook may change the object any more */
function ask(
  { engine }: Context,
  review: Review & { readonly isFinal?: boolean },
): MaybePromise<Decision> {
  if (!isGovernedByPolicies(review)) return UNGOVERNED;
  const { request, object, oldObject, isFinal = false } = review;
  return engine.review({ request, object, oldObject, ...(isFinal ? { isFinal } : {}) });
}

/** One line a review: who may read the log may not read the objects, so names only. */
function log({ logger }: Context, { uid, request }: Review, verdict: string): void {
  const fields = {
    uid,
    verdict,
    operation: request.operation,
    resource: request.resource.resource,
    namespace: request.namespace,
    name: request.name,
  };
  if (verdict === 'allow') logger.debug(fields, 'reviewed');
  else logger.info(fields, 'reviewed');
}
