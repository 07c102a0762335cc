import { describe, expect, it } from 'vitest';
import type { RolloutPolicyBindingSpec } from '../../../src/domain/policy.ts';
import { JsonDouble, type Json } from '../../../src/lib/lossless-json.ts';
import { decide } from '../../../src/policy/decide.ts';
import { bindingParamsIssues, inlineParams } from '../../../src/policy/params-schema.ts';
import { createSnapshot } from '../../../src/policy/snapshot.ts';
import { binding, facts, policy } from './support.ts';

const paramsSchema = {
  type: 'object',
  required: ['team'],
  properties: {
    team: { type: 'string', minLength: 1, pattern: '^[a-z]+$' },
    maxStep: { type: 'integer', minimum: 1, maximum: 100n, default: 20n },
    share: { type: 'number', maximum: new JsonDouble(0.5) },
    level: { type: 'integer', enum: [1n, 2n] },
    since: { type: 'string', format: 'date' },
    wait: { type: 'string', format: 'duration', nullable: true, default: '1m' },
    steps: {
      type: 'array',
      maxItems: 2,
      items: {
        type: 'object',
        properties: { weight: { type: 'integer', format: 'int32', default: 5 } },
      },
    },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    free: { type: 'object', additionalProperties: true },
    closed: { type: 'object' },
  },
};
const subject = policy({ paramsSchema });
const given = (params?: Json): RolloutPolicyBindingSpec =>
  ({ policyName: 'p', ...(params === undefined ? {} : { params }) }) as RolloutPolicyBindingSpec;
const found = (params?: Json): string[] =>
  bindingParamsIssues(subject, binding(given(params))).map(
    ({ field, message }) => `${field}: ${message}`,
  );

describe('params given in place', () => {
  it('get the defaults of what is absent, inside of what is there, too', () => {
    const bound = binding(given({ team: 'a', steps: [{}, { weight: 7 }], wait: null }));
    expect(inlineParams(subject, bound)).toEqual({
      params: { team: 'a', steps: [{ weight: 5 }, { weight: 7 }], wait: null, maxStep: 20n },
      issues: [],
    });
  });

  it('take the default for null where null is nothing', () => {
    expect(inlineParams(subject, binding(given({ team: 'a', maxStep: null })))).toMatchObject({
      params: { maxStep: 20n },
    });
  });

  it('are computed once for a binding and a schema', () => {
    const bound = binding(given({ team: 'a' }));
    const first = inlineParams(subject, bound);
    expect(inlineParams(policy({ paramsSchema }, 'p'), bound)).toBe(first);
    expect(inlineParams(policy({ paramsSchema: { ...paramsSchema } }), bound)).not.toBe(first);
    expect(inlineParams(policy(), bound)).toBeUndefined();
  });

  it.each<[Json | undefined, string]>([
    [undefined, 'spec.params.team: is required'],
    [{ team: 1 }, 'spec.params.team: must be a string, not a number'],
    [{ team: '' }, 'spec.params.team: must not be empty'],
    [{ team: 'A' }, 'spec.params.team: must match ^[a-z]+$'],
    [{ team: 'a', maxSteps: 1 }, 'spec.params.maxSteps: unknown field; did you mean maxStep?'],
    [{ team: 'a', maxStep: 0 }, 'spec.params.maxStep: must be at least 1'],
    [{ team: 'a', maxStep: 101n }, 'spec.params.maxStep: must be at most 100'],
    [{ team: 'a', share: new JsonDouble(0.6) }, 'spec.params.share: must be at most 0.5'],
    [{ team: 'a', level: 3 }, 'spec.params.level: unknown value; known: 1, 2'],
    [{ team: 'a', since: '2026-13-01' }, 'spec.params.since: must be a date'],
    [{ team: 'a', wait: 'soon' }, 'spec.params.wait: must be a duration'],
    [{ team: 'a', steps: [{}, {}, {}] }, 'spec.params.steps: has 3 items; at most 2'],
    [{ team: 'a', steps: [{ weight: 2 ** 31 }] }, 'spec.params.steps[0].weight: must be an int32'],
    [{ team: 'a', labels: { b: 1 } }, 'spec.params.labels.b: must be a string'],
    [{ team: 'a', closed: { b: 1 } }, 'spec.params.closed.b: unknown field; there are none'],
  ])('are refused, case %#', (params, text) => {
    expect(found(params)[0]).toContain(text);
  });

  it.each<[Json]>([
    [{ team: 'a', steps: [{}, {}], free: { any: 1 }, labels: { b: 'c' } }],
    [{ team: 'a', level: 2n, since: '2026-03-02', wait: '1h30m', share: 0.5 }],
  ])('are taken, case %#', (params) => {
    expect(found(params)).toEqual([]);
  });

  it('exclude a reference', () => {
    const bound = binding({ policyName: 'p', paramRef: { name: 'x' } });
    expect(bindingParamsIssues(subject, bound)).toMatchObject([{ field: 'spec.paramRef' }]);
  });
});

describe('a decision', () => {
  const rule = {
    paramsSchema,
    validations: [
      { expression: 'params.maxStep <= 5', messageExpression: 'string(params.maxStep)' },
    ],
  };
  const decided = (params: Json, spec: object = {}) =>
    decide(
      createSnapshot({
        policies: [policy({ ...rule, ...spec })],
        bindings: [binding(given(params))],
      }),
      facts(),
    );

  it('sees the defaults', () => {
    expect(decided({ team: 'a' })).toMatchObject({
      verdict: 'deny',
      violations: [{ message: '20' }],
    });
    expect(decided({ team: 'a', maxStep: 5 }).verdict).toBe('allow');
  });

  it('is an error of the binding when its params do not fit any more, by failurePolicy', () => {
    expect(decided({ maxStep: 5 })).toMatchObject({
      verdict: 'error',
      violations: [{ message: 'failed to configure binding: params.team: is required' }],
    });
    expect(decided({ maxStep: 5 }, { failurePolicy: 'Ignore' }).verdict).toBe('allow');
  });

  it('is an error when the stored schema is none', () => {
    const [violation] = decided({}, { paramsSchema: { type: 'objet' } }).violations;
    expect(violation?.message).toContain('failed to configure binding: paramsSchema.type: unknown');
  });
});
