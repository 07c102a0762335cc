import type { Decision, Facts } from '../domain/decision.ts';
import { decide } from './decide.ts';
import type { AuthorizerAnswer, AuthorizerQuestion } from './expression.ts';
import { questionKey } from './scope-facts.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** Rounds of questions; a decision asks at most about 28 under one binding anyway. */
const MAX_ROUNDS = 8;

/**
 * Decides, answers the authorization questions that came up, and decides again until none is open. The answers are then
 * among the facts, so that the decision can be replayed.
 * @returns the decision, and the facts it was made on
 */
export function decideAsking(
  snapshot: PolicySnapshot,
  facts: Facts,
  answer: (question: AuthorizerQuestion) => AuthorizerAnswer | undefined,
): { readonly decision: Decision; readonly facts: Facts } {
  let known = facts;
  for (let round = 0; ; round++) {
    const found: Record<string, AuthorizerAnswer> = {};
    const decision = decide(snapshot, known, undefined, (question) => {
      const given = answer(question);
      if (given !== undefined) found[questionKey(question)] = given;
    });
    if (Object.keys(found).length === 0 || round >= MAX_ROUNDS) return { decision, facts: known };
    known = { ...known, authorizer: { ...known.authorizer, ...found } };
  }
}
