import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { fromJson } from '../../../src/cel/from-json.ts';
import type { Activation, Limits, Outcome, Program } from '../../../src/cel/program.ts';

const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: false });
const activation: Activation = {
  values: { object: fromJson({ list: Array.from({ length: 300 }, (_, index) => index) }) },
  context: { authorize: () => undefined },
};

function programOf(source: string): Program {
  const compiled = compile(source, environment);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.program;
}

const run = (source: string, limits?: Limits): Outcome =>
  programOf(source).evaluate(activation, limits);

const CUBE = 'object.list.all(a, object.list.all(b, object.list.all(c, a + b + c >= 0)))';

describe('the cost limit', () => {
  it('ends a runaway expression at a million', () => {
    const outcome = run(CUBE);
    expect(outcome).toMatchObject({ ok: false, kind: 'cost', errorClass: 'cost' });
    expect(outcome.cost).toBeGreaterThan(1_000_000);
    expect(outcome.cost).toBeLessThan(1_010_000);
  });

  it('cannot be absorbed by ||', () => {
    expect(run(`${CUBE} || true`)).toMatchObject({ ok: false, kind: 'cost' });
  });

  it.each([
    [4, true],
    [3, false],
  ])('of %d for a cost of 4', (cost, ok) => {
    expect(run('1 + 1 + 1 + 1 == 4', { cost }).ok).toBe(ok);
  });

  it('stands one over the limit after a path that crosses it', () => {
    expect(run('object.a.b.c', { cost: 1 })).toMatchObject({ kind: 'cost', cost: 2 });
  });
});

describe("the caller's own limit", () => {
  it('ends an evaluation, and cannot be absorbed', () => {
    let asked = 0;
    const outcome = run(`${CUBE} || true`, { cost: Infinity, isOver: () => ++asked > 3 });
    expect(outcome).toMatchObject({ ok: false, kind: 'budget', errorClass: 'budget' });
    expect(asked).toBe(4);
  });

  it('is asked in loops that cost nothing', () => {
    const nothing = 'object.list.filter(a, object.list.filter(b, false) == [1])';
    expect(run(nothing, { cost: Infinity, isOver: () => true })).toMatchObject({ kind: 'budget' });
  });

  it('is not asked for what is short', () => {
    const never = (): boolean => {
      throw new Error('asked');
    };
    expect(run('object.list.size() > 5', { isOver: never }).ok).toBe(true);
  });
});

describe('what would exhaust memory', () => {
  it.each([
    ['lists', '+ v', '[dyn(1), dyn(2)]'],
    ['texts', '+ v', "'0123456789'"],
  ])('%s that double and double again end', (_name, step, start) => {
    const source = Array.from({ length: 40 }).reduce<string>(
      (inner) => `[${inner}].map(v, v ${step})[0]`,
      `dyn(${start})`,
    );
    const outcome = run(source, { cost: Infinity });
    expect(outcome).toMatchObject({ ok: false, errorClass: 'budget' });
  });
});

describe('programs', () => {
  it('evaluate any number of times with the same outcome', () => {
    const program = programOf('object.list.filter(x, x % 2 == 0).map(x, x * 2).size() == 150');
    const first = program.evaluate(activation);
    expect(first).toMatchObject({ ok: true, value: true });
    expect(program.evaluate(activation)).toEqual(first);
  });

  it('say what name is not given', () => {
    const outcome = programOf('object').evaluate({ ...activation, values: {} });
    expect(outcome).toMatchObject({ ok: false, kind: 'runtime', errorClass: 'other' });
  });

  it('never throw, whatever a function does', () => {
    const program = programOf('now == now');
    const values = Object.defineProperty({}, 'now', {
      get: () => {
        throw new Error('secret');
      },
    });
    const outcome = program.evaluate({ ...activation, values });
    expect(outcome).toMatchObject({ ok: false, message: 'internal error' });
  });
});
