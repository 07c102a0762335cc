import type { Facts, RolloutFacts } from '../domain/decision.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { JsonDouble, type Json } from '../lib/lossless-json.ts';
import type { ScopeFacts } from './expression.ts';
import { requestJson } from './request-json.ts';

/**
 * The facts of a decision as its expressions see them.
 * @param isOver asked now and then during evaluation; true ends it with an error
 */
export function scopeFacts(facts: Facts, isOver?: () => boolean): ScopeFacts {
  return {
    request: requestJson(facts.request),
    object: facts.object,
    oldObject: facts.oldObject,
    namespaceObject: facts.namespaceObject,
    rollout: facts.rollout === null ? null : rolloutJson(facts.rollout),
    now: Temporal.Instant.from(facts.now).epochNanoseconds,
    authorize: (question) => {
      const key = canonicalJson(question as unknown as Json);
      return Object.hasOwn(facts.authorizer, key) ? facts.authorizer[key] : undefined;
    },
    isOver,
  };
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
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as Json;
}
