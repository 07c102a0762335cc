import { describe, expect, it } from 'vitest';
import { canonical, sameValue } from '../../vectors/same.ts';
import { differences, isSameCost, type Vector } from '../../vectors/score.ts';
import { rowOf } from '../../vectors/table.ts';

describe('the scorer', () => {
  const int = (v: string): unknown => ({ t: 'int', v });
  const list = (...v: unknown[]): unknown => ({ t: 'list', v });
  const vector = (want: Record<string, unknown>, expression = 'x'): Vector => ({
    id: 'a',
    kind: 'expr',
    expression,
    want,
  });

  it.each([
    ['the same', int('1'), int('1'), true],
    ['another type', int('1'), { t: 'uint', v: '1' }, false],
    ['doubles by value', { t: 'double', v: '1e+06' }, { t: 'double', v: '1000000' }, true],
    ['NaN', { t: 'double', v: 'NaN' }, { t: 'double', v: 'NaN' }, true],
    ['a list in another order', list(int('1'), int('2')), list(int('2'), int('1')), false],
    ['a value that was too long to keep', { t: 'list', big: true }, list(), true],
    ['an empty optional', { t: 'optional', v: null }, { t: 'optional', v: null }, true],
    [
      'a map in another order',
      {
        t: 'map',
        v: [
          [int('1'), int('2')],
          [int('3'), int('4')],
        ],
      },
      {
        t: 'map',
        v: [
          [int('3'), int('4')],
          [int('1'), int('2')],
        ],
      },
      true,
    ],
  ])('compares %s', (_name, want, got, expected) => {
    expect(sameValue(want, got)).toBe(expected);
  });

  it('compares lists made from maps without order', () => {
    const want = { ok: true, value: list(int('1'), int('2')), type: 'list(int)' };
    const got = { id: 'a', ok: true, value: list(int('2'), int('1')), type: 'list(int)' };
    expect(differences(vector(want, 'm.map(k, m[k])'), got)).toEqual([]);
    expect(differences(vector(want, 'm.sort()'), got)).toEqual(['value']);
  });

  it('compares kind and class of errors, and takes any class for `other`', () => {
    const want = { ok: false, kind: 'runtime', class: 'overflow', type: 'int' };
    const got = { id: 'a', ok: false, kind: 'runtime', class: 'index', type: 'int' };
    expect(differences(vector(want), got)).toEqual(['class']);
    expect(differences(vector({ ...want, class: 'other' }), got)).toEqual([]);
    expect(differences(vector({ ...want, class: 'other' }), { ...got, kind: 'cost' })).toEqual([
      'kind',
    ]);
  });

  it('counts a line without an answer, or with that of another, as a failure', () => {
    expect(differences(vector({ ok: true }), undefined)).toEqual(['unanswered']);
    expect(differences(vector({ ok: true }), { id: 'b', ok: true })).toEqual(['id']);
  });

  it('compares whole results whatever the order of their keys', () => {
    expect(canonical({ a: 1, b: [{ d: 2, c: 3 }] })).toBe(canonical({ b: [{ c: 3, d: 2 }], a: 1 }));
  });

  it('takes a cost for exact that is the recorded one, or between the recorded ones', () => {
    const want = vector({ ok: true });
    expect(isSameCost(want, { cost: 3 })).toBeUndefined();
    expect(isSameCost({ ...want, cost: 3 }, { cost: 3 })).toBe(true);
    expect(isSameCost({ ...want, cost: 3 }, { cost: 4 })).toBe(false);
    expect(isSameCost({ ...want, cost: [3, 5] }, { cost: 4 })).toBe(true);
    expect(isSameCost({ ...want, cost: [3, 5] }, { cost: 6 })).toBe(false);
    expect(isSameCost({ ...want, cost: 3 }, { ok: true })).toBe(false);
  });

  it('counts lines that need built-in types apart', () => {
    const own = { vector: vector({ ok: true }), answer: {}, differs: [], isSameCost: true };
    const typed = { ...own, vector: { ...own.vector, typed: true }, differs: ['value'] };
    expect(rowOf('a', [own, typed, { ...own, differs: ['ok'], isSameCost: false }])).toEqual({
      file: 'a',
      lines: 2,
      matching: 1,
      percent: 50,
      costs: 2,
      exactCosts: 1,
      typedLines: 1,
      typedMatching: 0,
    });
  });
});
