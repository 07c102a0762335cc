import { describe, expect, it } from 'vitest';
import type { RolloutPolicySpec } from '../../../../src/domain/policy.ts';
import { parseExpressions } from '../../../../src/policy/lint/expressions.ts';
import {
  unguardedOldObject,
  unguardedRollout,
} from '../../../../src/policy/lint/unguarded-rollout.ts';
import { unusedVariables } from '../../../../src/policy/lint/unused-variables.ts';

const found = (spec: RolloutPolicySpec): string[] =>
  unguardedRollout(spec, parseExpressions(spec)).map(({ field, offset }) => `${field}@${offset}`);
const validations = (...expressions: string[]): RolloutPolicySpec => ({
  validations: expressions.map((expression) => ({ expression })),
});

describe('unguardedRollout', () => {
  it.each([
    'rollout.toWeight > 1',
    'rollout != null || rollout.toWeight > 1',
    'rollout == null && rollout.toWeight > 1',
    'has(rollout.step)',
    "rollout['step'] == 1",
    'rollout.?step.hasValue()',
    '[1].all(i, rollout.step > i)',
    'rollout == null ? rollout.step > 1 : true',
    'object.a == 1 && rollout.step > 1',
    '(rollout != null || object.a == 1) && rollout.step > 1',
    'size(rollout.images) > 1',
    'cel.bind(s, rollout.step, s > 1)',
  ])('%s may fail', (expression) => {
    expect(found(validations(expression))).toHaveLength(1);
  });

  it.each([
    'rollout == null || rollout.toWeight > 1',
    'rollout.toWeight > 1 || null == rollout',
    'rollout != null && rollout.toWeight > 1 && rollout.step > 2',
    '!(rollout == null) && rollout.toWeight > 1',
    'rollout != null ? rollout.step > 1 : true',
    'rollout == null ? true : rollout.step > 1',
    '!(rollout != null && object.a == 1) || rollout.step > 1',
    'rollout != null && [1].all(i, rollout.step > i)',
    'rollout == null',
  ])('%s does not', (expression) => {
    expect(found(validations(expression))).toEqual([]);
  });

  it('follows variables, to their own place', () => {
    const spec: RolloutPolicySpec = {
      variables: [
        { name: 'isAtGate', expression: 'rollout != null' },
        { name: 'step', expression: '1 + rollout.step' },
        { name: 'unused', expression: 'rollout.step' },
      ],
      validations: [
        { expression: '!variables.isAtGate || rollout.step > 1' },
        { expression: 'variables.step > 1' },
        { expression: 'variables.isAtGate && variables.step > 1' },
      ],
    };
    expect(found(spec)).toEqual(['spec.variables[1].expression@4']);
  });

  it('knows what match conditions and failed validations imply', () => {
    const message = "'x' + string(rollout.step)";
    const spec = validations('rollout.step > 1');
    expect(
      found({ ...spec, matchConditions: [{ name: 'm', expression: 'rollout != null' }] }),
    ).toEqual([]);
    expect(
      found({
        validations: [{ expression: 'rollout == null || false', messageExpression: message }],
      }),
    ).toEqual([]);
    expect(
      found({ validations: [{ expression: 'object.a == 1', messageExpression: message }] }),
    ).toHaveLength(1);
    expect(found({ ...spec, evaluateAt: ['RolloutStart', 'Promotion'] })).toEqual([]);
  });

  it('ends on variables that name each other again and again', () => {
    const variables = Array.from({ length: 40 }, (_value, index) => ({
      name: `v${index}`,
      expression:
        index === 0 ? 'rollout != null' : `variables.v${index - 1} && variables.v${index - 1}`,
    }));
    const spec = { variables, ...validations('variables.v39 && rollout.step > 1') };
    expect(found(spec).length).toBeLessThan(2);
  });
});

describe('unusedVariables', () => {
  const unused = (spec: RolloutPolicySpec): readonly number[] =>
    unusedVariables(spec, parseExpressions(spec));
  const variables = [
    { name: 'a', expression: '1' },
    { name: 'b', expression: 'variables.a' },
    { name: 'c', expression: 'variables.d' },
    { name: 'd', expression: '1' },
  ];
  it.each([
    ['variables.b == 1', [2, 3]],
    ['variables["d"] == 1', [0, 1, 2]],
    ['object.all(v, v == variables.c)', [0, 1]],
    ['variables == object', []],
    ['true', [0, 1, 2, 3]],
  ])('%s', (expression, indexes) => {
    expect(unused({ variables, ...validations(expression) })).toEqual(indexes);
  });
});

describe('unguardedOldObject', () => {
  const spec = (expression: string): RolloutPolicySpec => ({
    ...validations(expression),
    evaluateAt: ['Admission', 'Promotion'],
  });
  const places = (given: RolloutPolicySpec): number =>
    unguardedOldObject(given, parseExpressions(given)).length;

  it('finds what looks into oldObject at a gate', () => {
    expect(places(spec('oldObject.spec.x == object.spec.x'))).toBe(1);
    expect(places(spec("request.operation != 'UPDATE' || oldObject.spec.x == 1"))).toBe(1);
    expect(places(spec('oldObject == null || oldObject.spec.x == 1'))).toBe(0);
  });

  it('finds nothing where no gate asks', () => {
    expect(places(validations('oldObject.spec.x == 1'))).toBe(0);
  });
});
