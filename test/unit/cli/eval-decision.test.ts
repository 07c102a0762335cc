import { describe, expect, it } from 'vitest';
import { answerLine } from '../../../src/cli/eval.ts';
import { canonicalJson } from '../../../src/lib/canonical-json.ts';
import { isJsonObject, type Json } from '../../../src/lib/lossless-json.ts';
import { decide } from '../../../src/policy/decide.ts';
import { createSnapshot } from '../../../src/policy/snapshot.ts';
import { testFacts } from '../../../src/policy/test-facts.ts';

const policy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'p', generation: 3 },
  spec: { validations: [{ expression: 'object.spec.n > 3', message: 'n is too small' }] },
};
const binding = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'b' },
  spec: { policyName: 'p', validationActions: ['Deny' as const] },
};
const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec: { n: 1 } };
const test = {
  name: '',
  callSite: 'Admission',
  members: {},
  expect: { verdict: 'allow' },
} as const;
const facts = testFacts(test, object, []);

function answered(line: unknown): Readonly<Record<string, Json>> {
  const { answer } = answerLine(JSON.stringify(line), {});
  return isJsonObject(answer) ? answer : {};
}

describe('a line with facts', () => {
  it('is decided once more, as it was', () => {
    const decision = decide(createSnapshot({ policies: [policy], bindings: [binding] }), facts);
    const answer = answered({ id: 1, policies: [policy], bindings: [binding], facts });
    expect(answer['id']).toBe(1);
    expect(canonicalJson(answer['decision'] ?? null)).toBe(
      canonicalJson({ ...decision } as unknown as Json),
    );
    expect(decision.verdict).toBe('deny');
  });

  it('without a binding has nothing in force', () => {
    expect(answered({ policies: [policy], facts })['decision']).toMatchObject({ verdict: 'allow' });
  });

  it('with a policy that does not compile is an error, as in a cluster', () => {
    const broken = { ...policy, spec: { validations: [{ expression: 'objekt.a' }] } };
    const answer = answered({ policies: [broken], bindings: [binding], facts });
    expect(answer['decision']).toMatchObject({ verdict: 'error' });
  });

  it.each([
    [{ facts: 3 }, 'facts: must be an object'],
    [{ facts: { ...facts, callSite: 'Lunch' } }, 'facts: callSite is unknown'],
    [{ facts: { ...facts, request: {} } }, 'facts: request must have a resource'],
    [{ facts: { ...facts, now: 'soon' } }, 'facts: now must be an RFC 3339 time'],
    [
      { facts: { ...facts, windows: {} } },
      'facts: exceptions, approvals, windows, budgets must be lists',
    ],
    [{ facts: { ...facts, params: [] } }, 'facts: params, authorizer, freshness must be objects'],
    [{ facts, policies: {} }, 'policies must be a list of objects with a name and spec'],
    [
      { facts, bindings: [{ spec: {} }] },
      'bindings must be a list of objects with a name and spec',
    ],
  ])('%o is refused', (line, error) => {
    expect(answered(line)).toMatchObject({ ok: false, kind: 'input', error });
  });
});
