import { describe, expect, it } from 'vitest';
import type { Mutation } from '../../../src/domain/policy.ts';
import { decide } from '../../../src/policy/decide.ts';
import { binding, canary, decideBy, facts, policy, snapshotOf } from './support.ts';

const patch = (expression: string): Mutation => ({
  patchType: 'JSONPatch',
  jsonPatch: { expression },
});
const LABEL = patch(
  'has(object.metadata.labels.team) ? [] : [JSONPatch{op: "add", path: "/metadata/labels/team", value: "shop"}]',
);

describe('mutations', () => {
  it('come before the validations, which see what they made', () => {
    const spec = {
      mutations: [LABEL],
      validations: [{ expression: 'object.metadata.labels.team == "shop"' }],
    };
    expect(decideBy(spec)).toMatchObject({
      verdict: 'allow',
      patch: [{ op: 'add', path: '/metadata/labels/team', value: 'shop' }],
    });
  });

  it('see what the one before left, and evaluate variables anew', () => {
    const mutations = [
      patch('[JSONPatch{op: "add", path: "/spec/n", value: 1}]'),
      patch('[JSONPatch{op: "add", path: "/spec/m", value: variables.n}]'),
    ];
    const variables = [{ name: 'n', expression: 'has(object.spec.n) ? 1 : 0' }];
    const { patch: made } = decideBy({ variables, mutations });
    expect(made).toEqual([
      { op: 'add', path: '/spec/n', value: 1 },
      { op: 'add', path: '/spec/m', value: 1 },
    ]);
  });

  it('of several policies add up', () => {
    const first = policy({ mutations: [LABEL] }, 'a');
    const second = policy(
      {
        mutations: [
          patch('[JSONPatch{op: "replace", path: "/spec/analysis/threshold", value: 3}]'),
        ],
      },
      'b',
    );
    const bindings = [binding({ policyName: 'a' }, 'a'), binding({ policyName: 'b' }, 'b')];
    expect(decide(snapshotOf([second, first], bindings), facts()).patch).toHaveLength(2);
  });

  const broken: [string, Mutation][] = [
    [
      'that change the object again when applied twice',
      patch(
        '[JSONPatch{op: "add", path: "/spec/n", value: has(object.spec.n) ? object.spec.n + 1 : 1}]',
      ),
    ],
    ['that fail', patch('[JSONPatch{op: "remove", path: "/spec/nope"}]')],
    ['that do not compile', patch('[1]')],
    [
      'that would replace a whole list',
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression:
            'Object{spec: Object.spec{analysis: Object.spec.analysis{stepWeights: [1, 2]}}}',
        },
      },
    ],
  ];
  it.each(broken)('%s are an error', (_name, mutation) => {
    expect(decideBy({ mutations: [mutation] })).toMatchObject({ verdict: 'error', patch: [] });
    expect(decideBy({ mutations: [mutation], failurePolicy: 'Ignore' }).verdict).toBe('allow');
  });

  it('are left out when a test does not hold', () => {
    const mutation = patch(
      '[JSONPatch{op: "test", path: "/spec/n", value: 1}, JSONPatch{op: "add", path: "/spec/n", value: 2}]',
    );
    expect(decideBy({ mutations: [mutation] })).toMatchObject({ verdict: 'allow', patch: [] });
  });

  it('whose test is below something that is missing are an error', () => {
    const mutation = patch('[JSONPatch{op: "test", path: "/spec/nope/n", value: 1}]');
    expect(decideBy({ mutations: [mutation] }).verdict).toBe('error');
  });

  it('do not hide what is wrong with an object that nobody changes any more', () => {
    const spec = {
      mutations: [LABEL],
      validations: [{ expression: 'has(object.metadata.labels.team)' }],
    };
    expect(decideBy(spec, facts({ isFinal: true }))).toMatchObject({ verdict: 'deny', patch: [] });
    const failing = [patch('[JSONPatch{op: "remove", path: "/spec/nope"}]')];
    expect(decideBy({ mutations: failing }, facts({ isFinal: true })).verdict).toBe('error');
  });

  it('are not made for a deletion', () => {
    const request = { ...facts().request, operation: 'DELETE' as const };
    expect(
      decideBy({ mutations: [LABEL] }, facts({ request, object: null, oldObject: canary })).patch,
    ).toEqual([]);
  });
});
