import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { fromJson } from '../../../src/cel/from-json.ts';
import { createCoverage, outcomesOf } from '../../../src/policy/coverage.ts';

const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: false });
const FIELD = 'spec.validations[0].expression';

/** What an expression gives for each object, without and with an observer, and what the observer counted. */
function covered(source: string, ...objects: number[]) {
  const coverage = createCoverage();
  const plain = compile(source, environment);
  const counted = compile(source, environment, { observer: coverage.observe('p')(FIELD) });
  if (!plain.ok || !counted.ok) throw new Error(`${source} does not compile`);
  for (const object of objects) {
    const activation = {
      values: { object: fromJson(object) },
      context: { authorize: () => undefined },
    };
    expect(counted.program.evaluate(activation)).toEqual(plain.program.evaluate(activation));
  }
  const texts = coverage
    .branches('p')
    .map(({ kind, start, whenTrue, whenFalse }) => `${kind}@${start} ${whenTrue}/${whenFalse}`);
  return { texts, ...outcomesOf(coverage.branches('p')) };
}

describe('branches', () => {
  const cases: [string, number[], string[]][] = [
    ['object > 1', [0, 2, 3], ['result@0 2/1']],
    ['object > 1 && object < 5', [0, 3], ['result@0 1/1', 'operand@0 1/1', 'operand@14 1/0']],
    [
      'object == 0 || object == 1 || (object == 2)',
      [0, 1, 3],
      ['result@0 2/1', 'operand@0 1/2', 'operand@15 1/1', 'operand@31 0/1'],
    ],
    ['object > 1 ? object > 5 : false', [0, 3], ['result@0 0/2', 'condition@0 1/1']],
    [
      'size([1].filter(i, i > object)) > 0 && true',
      [0],
      ['result@0 1/0', 'operand@0 1/0', 'operand@39 1/0'],
    ],
    [
      '[1, 2].all(i, i > object || i == 2)',
      [1],
      ['result@0 0/1', 'operand@14 0/1', 'operand@28 0/1'],
    ],
    ['!(object > 1)', [0], ['result@0 1/0']],
    ['object.x && object == 1', [0], ['result@0 0/1', 'operand@0 0/0', 'operand@12 0/1']],
  ];
  it.each(cases)('%s', (source, objects, expected) => {
    expect(covered(source, ...objects).texts).toEqual(expected);
  });

  it('are outcomes, two each', () => {
    expect(covered('object > 1 && object < 5', 0, 3)).toMatchObject({ seen: 5, total: 6 });
    expect(covered('true')).toMatchObject({ seen: 0, total: 2 });
  });

  it('are no results in messages and variables', () => {
    const coverage = createCoverage();
    const observer = coverage.observe('p')('spec.variables[0].expression');
    compile('object == 1 && object == 2', environment, { observer });
    expect(coverage.branches('p').map(({ kind }) => kind)).toEqual(['operand', 'operand']);
    expect(coverage.branches('q')).toEqual([]);
  });
});
