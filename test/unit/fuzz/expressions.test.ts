import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { fromJson } from '../../../src/cel/from-json.ts';
import type { Limits } from '../../../src/cel/program.ts';
import { toBriefTagged } from '../../../src/cel/tagged.ts';
import { drawCases } from '../../vectors/fresh/cases.ts';
import { BOUNDS, brokenText } from './arbitraries.ts';

interface Kept {
  readonly name: string;
  readonly expression?: string;
  /** Pieces of a long one; `[text, n]` is the text n times. */
  readonly parts?: readonly (string | readonly [string, number])[];
}

const SECRET = 'hunter2-is-no-password';
const DEADLINE_MS = 300;
/** A step that looks at no deadline is this long at the most, on a machine that is busy with other things. */
const SLACK_MS = 4000;
const GIB = 1024 ** 3;

const kept = JSON.parse(
  readFileSync(new URL('./corpus/expressions.json', import.meta.url), 'utf8'),
) as readonly Kept[];
const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: true, variables: {} });
const object = fromJson({
  secret: SECRET,
  spec: { text: SECRET, [SECRET]: 1 },
  big: 'x'.repeat(3_000_000),
  nine: '9'.repeat(1_000_000),
  aaa: 'a'.repeat(100_000),
  aab: `${'a'.repeat(50_000)}b`,
  list: Array.from({ length: 300 }, (_each, index) => index),
  texts: Array.from({ length: 2000 }, (_each, index) => `t${index}`),
});
const names = Object.getOwnPropertyNames(Object.prototype);

function expressionOf({ expression, parts = [] }: Kept): string {
  return (
    expression ??
    parts.map((part) => (typeof part === 'string' ? part : part[0].repeat(part[1]))).join('')
  );
}

/** Evaluates until the deadline; whatever happens, it is an outcome that tells nothing of the object. */
function answered(source: string, limits: Limits = {}): void {
  const start = performance.now();
  const compiled = compile(source, environment);
  if (!compiled.ok) {
    expect(compiled.issues.length).toBeGreaterThan(0);
    return;
  }
  const isOver = (): boolean => performance.now() - start > DEADLINE_MS;
  const outcome = compiled.program.evaluate(
    { values: { object, oldObject: null }, context: { authorize: () => undefined } },
    { isOver, ...limits },
  );
  const elapsed = performance.now() - start;
  expect(elapsed, `${source.slice(0, 100)}: ${elapsed} ms`).toBeLessThan(DEADLINE_MS + SLACK_MS);
  if (!outcome.ok) {
    expect(outcome.message).not.toBe('internal error');
    // A key that is missing is named, as Kubernetes names it.
    if (outcome.errorClass !== 'no_such_key') expect(outcome.message).not.toContain(SECRET);
    return;
  }
  expect(typeof outcome.value).not.toBe('function');
  expect(toBriefTagged(outcome.value)).toHaveProperty('t');
}

afterAll(() => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(names);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

describe('expressions that once did harm, or might', () => {
  it.each(kept.map((each) => [each.name, expressionOf(each)]))(
    '%s',
    (_name, source) => {
      answered(source);
      expect(process.memoryUsage().rss).toBeLessThan(4 * GIB);
    },
    30_000,
  );

  it.each(
    kept
      .filter(({ name }) =>
        /^(?:shareEq|shareFormat|rangeDistinct|mapConcat|reFind|sortStr)$/.test(name),
      )
      .map((each) => [each.name, expressionOf(each)]),
  )(
    '%s ends without a deadline, too',
    (_name, source) => {
      const compiled = compile(source, environment);
      if (!compiled.ok) return;
      const outcome = compiled.program.evaluate({
        values: { object },
        context: { authorize: () => undefined },
      });
      if (!outcome.ok) expect(['cost', 'budget', 'runtime']).toContain(outcome.kind);
    },
    60_000,
  );
});

describe('expressions drawn at random', () => {
  const drawn = drawCases(99, 1500).flatMap(({ line }) =>
    line.expression === undefined ? [] : [line.expression],
  );

  it('as they are', () => {
    for (const source of drawn) answered(source);
  }, 60_000);

  it('broken', () => {
    const sources = [...drawn, ...kept.map(expressionOf)].filter(({ length }) => length < 2000);
    fc.assert(
      fc.property(brokenText(sources), (source) => {
        answered(source);
      }),
      { ...BOUNDS, numRuns: 4000 },
    );
  }, 60_000);

  it('with any limit of cost', () => {
    const source = fc.constantFrom(...drawn);
    fc.assert(
      fc.property(source, fc.nat(200), (text, cost) => {
        answered(text, { cost });
      }),
      { ...BOUNDS, numRuns: 2000 },
    );
  }, 60_000);
});
