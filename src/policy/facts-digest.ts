import type { Decision, Facts } from '../domain/decision.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';

/** The facts, until their digest is made; neither listed nor copied. */
const FACTS = Symbol('facts');

type Pending = Omit<Decision, 'factsDigest'> & { [FACTS]?: Facts | string };

// One getter for all decisions, and no weak map: a closure each would be a hidden class each, and either would keep the
// facts of every decision until the next full collection.
const DIGEST = {
  enumerable: true,
  configurable: true,
  get(this: Pending): string {
    const kept = this[FACTS];
    if (typeof kept === 'string') return kept;
    const digest = digestOf(kept as unknown as Json);
    if (!Object.isFrozen(this)) this[FACTS] = digest;
    return digest;
  },
};

/**
 * Completes a decision with the digest of its facts. Digesting is a fifth of a review's time, and most decisions are
 * never recorded: it is made when it is first read.
 */
export function withFactsDigest(decision: Omit<Decision, 'factsDigest'>, facts: Facts): Decision {
  Object.defineProperty(decision, FACTS, { value: facts, writable: true, enumerable: false });
  return Object.defineProperty(decision, 'factsDigest', DIGEST) as Decision;
}
