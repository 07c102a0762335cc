import {
  serviceAccountUser,
  type AccessAnswer,
  type AccessLookup,
  type AccessRequest,
} from '../domain/access.ts';
import type { Decision, Facts, UserInfo } from '../domain/decision.ts';
import { answering, type AnsweringOptions } from './answering.ts';
import type { Deadline } from './deadline.ts';
import { decide } from './decide.ts';
import type { AuthorizerAnswer, AuthorizerQuestion } from './expression.ts';
import { questionKey } from './scope-facts.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** A decision, and the facts it was made on: the answers that it needed are among them. */
export interface AskedDecision {
  readonly decision: Decision;
  readonly facts: Facts;
}

/** Rounds of questions; a decision asks at most about 28 under one binding anyway. */
const MAX_ROUNDS = 8;

/**
 * Decides, answers the authorization questions that came up, and decides again until none is open. The answers are then
 * among the facts, so that the decision can be replayed.
 * @param deadline as for `decide`
 */
export function decideAsking(
  snapshot: PolicySnapshot,
  facts: Facts,
  answer: (question: AuthorizerQuestion) => AuthorizerAnswer | undefined,
  deadline?: Deadline,
): AskedDecision {
  let known = facts;
  for (let round = 0; ; round++) {
    const found = new Map<string, AuthorizerAnswer>();
    const decision = decide(snapshot, known, deadline, (question) => {
      const given = answer(question);
      if (given !== undefined) found.set(questionKey(question), given);
    });
    if (found.size === 0 || round >= MAX_ROUNDS) return { decision, facts: known };
    known = { ...known, authorizer: { ...known.authorizer, ...Object.fromEntries(found) } };
  }
}

/**
 * As {@link decideAsking}, with the answers of the cluster. A question that gets none is an evaluation error, which
 * follows the failurePolicy of the policy that asked.
 * @returns at once when nothing is asked or every answer is known
 */
export function decideWithAccess(
  snapshot: PolicySnapshot,
  facts: Facts,
  options: AnsweringOptions & { readonly deadline?: Deadline },
): AskedDecision | Promise<AskedDecision> {
  const { access, deadline } = options;
  if (access === undefined) {
    return { decision: decide(snapshot, facts, deadline), facts };
  }
  return answering(
    (lookup) => decideAsking(snapshot, facts, answersOf(facts, lookup), deadline),
    options,
  );
}

/** Answers the questions of expressions by a lookup of the cluster's answers. */
export function answersOf(
  { request }: Facts,
  lookup: AccessLookup,
): (question: AuthorizerQuestion) => AccessAnswer | undefined {
  return (question) => lookup(accessRequestOf(question, request.userInfo));
}

/** Whom and what a question of an expression is about. */
function accessRequestOf(
  { serviceAccount, ...question }: AuthorizerQuestion,
  requester: UserInfo,
): AccessRequest {
  const user =
    serviceAccount === undefined
      ? requester
      : serviceAccountUser(serviceAccount.namespace, serviceAccount.name);
  return { user, question };
}
