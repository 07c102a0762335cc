import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { policyIssues } from '../../../src/policy/policy-issues.ts';
import { bindingIssues } from '../../../src/policy/spec-issues.ts';

const valid = { validations: [{ expression: 'true' }] };
const written = (spec: Json): Json => ({ kind: 'RolloutPolicy', metadata: { name: 'p' }, spec });

describe('a policy', () => {
  const cases: [string, Json, string, string][] = [
    ['no spec', written(null), 'spec', 'must be an object'],
    [
      'no name',
      { kind: 'RolloutPolicy', metadata: {}, spec: valid },
      'metadata.name',
      'is required',
    ],
    [
      'an unknown field',
      written({ ...valid, validation: [] }),
      'spec.validation',
      'unknown field; did you mean validations? known: title',
    ],
    [
      'an unknown moment',
      written({ ...valid, evaluateAt: ['Always'] }),
      'spec.evaluateAt[0]',
      'known: Admission',
    ],
    [
      'a moment twice',
      written({ ...valid, evaluateAt: ['Scan', 'Scan'] }),
      'spec.evaluateAt[1]',
      'is there twice',
    ],
    [
      'an unknown failurePolicy',
      written({ ...valid, failurePolicy: 'Maybe' }),
      'spec.failurePolicy',
      'known: Fail, Ignore',
    ],
    ['nothing to do', written({ validations: [] }), 'spec', 'must have an entry'],
    [
      'a line break in a message',
      written({ validations: [{ expression: 'true', message: 'a\nb' }] }),
      'spec.validations[0].message',
      'must match',
    ],
    [
      'a blank message',
      written({ validations: [{ expression: 'true', message: ' ' }] }),
      'spec.validations[0].message',
      'blank',
    ],
    [
      'no expression',
      written({ validations: [{ message: 'm' }] }),
      'spec.validations[0].expression',
      'is required',
    ],
    [
      'a keyword as variable',
      written({ ...valid, variables: [{ name: 'in', expression: '1' }] }),
      'spec.variables[0].name',
      'identifier',
    ],
    [
      'a condition twice',
      written({
        ...valid,
        matchConditions: [
          { name: 'a', expression: 'true' },
          { name: 'a', expression: 'true' },
        ],
      }),
      'spec.matchConditions[1]',
      'twice',
    ],
    [
      'a Secret as parameter',
      written({ ...valid, paramKind: { apiVersion: 'v1', kind: 'Secret' } }),
      'spec.paramKind.kind',
      'Secret',
    ],
    [
      'too many conditions',
      written({
        ...valid,
        matchConditions: Array.from({ length: 65 }, (_x, i) => ({
          name: `c${i}`,
          expression: 'true',
        })),
      }),
      'spec.matchConditions',
      'at most 64',
    ],
    [
      'a patch without its part',
      written({ mutations: [{ patchType: 'JSONPatch' }] }),
      'spec.mutations[0].jsonPatch',
      'is required',
    ],
    [
      'an unreadable selector',
      written({
        ...valid,
        matchConstraints: {
          objectSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] },
        },
      }),
      'spec.matchConstraints.objectSelector',
      'empty',
    ],
    [
      'a dyn result',
      written({ validations: [{ expression: 'object.spec.x' }] }),
      'spec.validations[0].expression',
      'must evaluate to bool but got dyn',
    ],
    [
      'an unknown name',
      written({ validations: [{ expression: 'objekt.x == 1' }] }),
      'spec.validations[0].expression',
      "undeclared reference to 'objekt'",
    ],
    [
      'an apply configuration',
      written({
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: '{}' } }],
      }),
      'spec.mutations[0].applyConfiguration.expression',
      'must evaluate to Object but got map(',
    ],
    [
      'an unknown field of rollout at a gate',
      written({
        evaluateAt: ['Admission', 'TrafficIncrease', 'Promotion'],
        validations: [{ expression: 'rollout == null || rollout.fromWeigth < 50' }],
      }),
      'spec.validations[0].expression',
      "at TrafficIncrease, Promotion: undefined field 'fromWeigth'; did you mean fromWeight?",
    ],
  ];
  it.each(cases)('with %s', (_name, object, field, message) => {
    const issues = policyIssues(object);
    expect(issues[0]?.field).toBe(field);
    expect(issues[0]?.message).toContain(message);
  });

  it('that is sound has none', () => {
    expect(policyIssues(written(valid))).toEqual([]);
  });
});

describe('a binding', () => {
  const bound = (spec: Json): Json => ({ metadata: { name: 'b' }, spec });
  const cases: [string, Json, string][] = [
    ['no policy', {}, 'spec.policyName'],
    [
      'actions that exclude each other',
      { policyName: 'p', validationActions: ['Deny', 'Warn'] },
      'spec.validationActions',
    ],
    [
      'an unknown action',
      { policyName: 'p', validationActions: ['Log'] },
      'spec.validationActions[0]',
    ],
    [
      'two kinds of parameters',
      { policyName: 'p', params: {}, paramRef: { name: 'a' } },
      'spec.params',
    ],
    ['neither name nor selector', { policyName: 'p', paramRef: {} }, 'spec.paramRef'],
  ];
  it.each(cases)('with %s', (_name, spec, field) => {
    expect(bindingIssues(bound(spec))[0]?.field).toBe(field);
  });

  it('that is sound has none', () => {
    expect(bindingIssues(bound({ policyName: 'p', validationActions: ['Hold', 'Audit'] }))).toEqual(
      [],
    );
  });
});
