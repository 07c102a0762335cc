import { describe, expect, it } from 'vitest';
import { compile, type CompileResult } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { fromJson } from '../../../src/cel/from-json.ts';
import type { Outcome, VariableSource } from '../../../src/cel/program.ts';
import { DYN, typeText, type CelType } from '../../../src/cel/types.ts';
import type { CelValue } from '../../../src/cel/values.ts';
import { lazyVariables } from '../../../src/cel/variables.ts';

const OPTIONS = { hasParams: false, hasAuthorizer: false };
const DEFINITIONS: readonly (readonly [string, string])[] = [
  ['n', '40 + 2'],
  ['twice', 'variables.n * 2'],
  ['bad', 'object.nope'],
  ['worse', 'variables.bad'],
  ['broken', "1 + 'a'"],
  ['optional', 'object.?nope'],
  ['list', '[1, 2]'],
];

function compileAll(): { compiled: Map<string, CompileResult>; types: Record<string, CelType> } {
  const compiled = new Map<string, CompileResult>();
  const types: Record<string, CelType> = {};
  for (const [name, source] of DEFINITIONS) {
    const result = compile(source, admissionEnvironment({ ...OPTIONS, variables: { ...types } }));
    compiled.set(name, result);
    types[name] = result.ok ? result.program.type : DYN;
  }
  return { compiled, types };
}

const { compiled, types } = compileAll();
const environment = admissionEnvironment({ ...OPTIONS, variables: types });
const base = { values: { object: fromJson({}) }, context: { authorize: () => undefined } };

function run(source: string, variables: VariableSource = lazyVariables(compiled, base)): Outcome {
  const result = compile(source, environment);
  if (!result.ok) throw new Error(result.message);
  return result.program.evaluate({ ...base, variables });
}

describe('variables', () => {
  it.each([
    ['variables.n', 42n, 3],
    ['variables.twice', 84n, 6],
    ['has(variables.n)', true, 2],
    ['variables.?n.orValue(1)', 42n, 3],
    ['variables.list.all(x, x > 0)', true, 13],
    ["'n' == 'n' || variables.bad", true, 1],
  ])('%s', (source, value, cost) => {
    expect(run(source)).toEqual({ ok: true, value, cost });
  });

  // Answer and cost as kube-apiserver 1.37 gives them.
  it.each<[string, CelValue, number]>([
    ['variables == variables', true, 3],
    ['dyn(variables) == dyn(variables)', true, 5],
    ['{} == dyn(variables)', false, 2],
    ['variables != null', true, 2],
    ['variables in [variables]', true, 13],
    ['[variables][0].n == 42', true, 16],
    ['optional.ofNonZeroValue(variables).hasValue()', true, 3],
  ])('as a whole: %s', (source, value, cost) => {
    expect(run(source)).toMatchObject({ ok: true, value, cost });
  });

  it.each([
    ['variables == dyn(1)', 2],
    ['dyn(variables) == {}', 2],
    ["'n' in dyn(variables)", 3],
    ['size(dyn(variables)) == 0', 4],
  ])('as a whole it is no map: %s', (source, cost) => {
    expect(run(source)).toMatchObject({ ok: false, errorClass: 'no_such_overload', cost });
  });

  it('is gone over by value', () => {
    expect(run('dyn(variables).exists(x, x == 84)')).toMatchObject({ ok: true, value: true });
    expect(run('dyn(variables).exists(x, y, true)')).toMatchObject({ ok: true, value: true });
    expect(run('dyn(variables).all(x, y, y == 42)')).toMatchObject({ ok: false });
  });

  it('cost what they cost at their first use only', () => {
    const variables = lazyVariables(compiled, base);
    expect(run('variables.twice == 84', variables).cost).toBe(7);
    expect(run('variables.twice == 84', variables).cost).toBe(3);
    expect(run('variables.n == 42', variables).cost).toBe(3);
  });

  it.each([
    [
      'variables.bad',
      'no_such_key',
      'composited variable "bad" fails to evaluate: no such key: nope',
    ],
    ['variables.worse', 'no_such_key', 'composited variable "worse" fails to evaluate: composited'],
    ['has(variables.bad)', 'no_such_key', 'composited variable "bad"'],
    ['variables.broken', 'variable_compile', 'composited variable "broken" fails to compile'],
  ])('%s passes on what went wrong', (source, errorClass, message) => {
    const outcome = run(source);
    expect(outcome).toMatchObject({ ok: false, kind: 'runtime', errorClass });
    expect(outcome.ok ? '' : outcome.message).toContain(message);
  });

  it('are errors that || may absorb', () => {
    expect(run('variables.bad == 1 || true')).toMatchObject({ ok: true, value: true });
  });

  it('have limits of their own: one that ends by cost is an error of kind cost', () => {
    const limited = lazyVariables(compiled, base, { cost: 0 });
    expect(run('variables.n', limited)).toMatchObject({ ok: false, kind: 'cost' });
  });

  it('end the evaluation when the time of the caller is over', () => {
    const over = lazyVariables(
      new Map([['n', compile('object.a.all(x, true)', environment)]]),
      { ...base, values: { object: fromJson({ a: Array.from({ length: 5000 }, () => 1) }) } },
      { isOver: () => true },
    );
    expect(run('variables.n == 1 || true', over)).toMatchObject({ ok: false, kind: 'budget' });
  });

  it('are not there when the caller gives none', () => {
    const result = compile('variables.n', environment);
    expect(result.ok ? result.program.evaluate(base) : undefined).toMatchObject({
      ok: false,
      errorClass: 'other',
    });
  });

  it('keep their types where Kubernetes does, and are dyn elsewhere', () => {
    const typeOf = (source: string): string => {
      const result = compile(source, environment);
      return result.ok ? typeText(result.program.type) : result.errorClass;
    };
    expect(typeOf('variables.n')).toBe('int');
    expect(typeOf('variables.list')).toBe('list(int)');
    expect(typeOf('variables.optional')).toBe('dyn');
    expect(typeOf("variables.n + 'a'")).toBe('no_overload');
  });
});
