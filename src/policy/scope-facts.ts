import type { Facts, RolloutFacts } from '../domain/decision.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { JsonDouble, type Json } from '../lib/lossless-json.ts';
import type { AuthorizerQuestion, ScopeFacts } from './expression.ts';
import { namespaceView } from './namespace-view.ts';
import { requestJson, requestResource } from './request-json.ts';

/**
 * The facts of a decision as its expressions see them.
 * @param isOver asked now and then during evaluation; true ends it with an error
 * @param onMissing told of each authorization question that has no answer
 */
export function scopeFacts(
  facts: Facts,
  isOver?: () => boolean,
  onMissing?: (question: AuthorizerQuestion) => void,
): ScopeFacts {
  return {
    request: requestJson(facts.request),
    requestResource: requestResource(facts.request),
    object: facts.object,
    oldObject: facts.oldObject,
    namespaceObject: namespaceView(facts.namespaceObject),
    rollout: facts.rollout === null ? null : rolloutJson(facts.rollout),
    now: Temporal.Instant.from(facts.now).epochNanoseconds,
    authorize: (question) => {
      const key = questionKey(question);
      if (Object.hasOwn(facts.authorizer, key)) return facts.authorizer[key];
      onMissing?.(question);
      return undefined;
    },
    isOver,
  };
}

/** The key of a question among `facts.authorizer`. */
export function questionKey(question: AuthorizerQuestion): string {
  return canonicalJson(question as unknown as Json);
}

/** Measured values are always doubles: `value / 2` must not turn into a division of integers when it is 99. */
function rolloutJson(rollout: RolloutFacts): Json {
  const metrics = rollout.metrics.map(({ value, min, max, ...rest }) => ({
    ...rest,
    value: value === null ? null : double(value),
    ...(min === undefined ? {} : { min: double(min) }),
    ...(max === undefined ? {} : { max: double(max) }),
  }));
  return defined({ ...rollout, metrics });
}

function double(value: number): Json {
  return Number.isInteger(value) ? new JsonDouble(value) : value;
}

/** Without members that are undefined. */
function defined(value: object): Json {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
