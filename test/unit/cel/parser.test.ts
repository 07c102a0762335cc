import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/cel/parse/parser.ts';
import { answer } from './libraries/answer.ts';

const ALL = { optionals: true, twoVariables: true, sortBy: true };

describe('literals', () => {
  it.each([
    ['0x1F', '31'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['5u', '5'],
    ['.5', '0.5'],
    ['1e3', '1000'],
    [String.raw`'\x41\u00e9\U0001F600\101'`, '"Aé😀A"'],
    [String.raw`r'\n'`, String.raw`"\\n"`],
    ["'''a'b\n'''", String.raw`"a'b\n"`],
    [String.raw`b'\xff\000é'`, 'ff00c3a9'],
    [String.raw`br'\x'`, '5c78'],
    ['true && null == null', 'true'],
  ])('%s', (source, expected) => {
    expect(answer(source).text).toBe(expected);
  });
});

describe('grammar', () => {
  it.each([
    ['1 + 2 * 3 - 4 / 2', '5'],
    ['-(1 - 2)', '1'],
    ['--5', '5'],
    ['!!true', 'true'],
    ['true ? 1 : false ? 2 : 3', '1'],
    ['1 < 2 == true', 'true'],
    ['2 in [1, 2] || false && false', 'true'],
    ['[1, 2,]', '[1, 2]'],
    ['[,]', '[]'],
    ["{'a': 1,}.a", '1'],
    ["{'if': 1, 'a/b': 2}.if", '1'],
    ["{'if': 1, 'a/b': 2}.`a/b`", '2'],
    ["has({'a/b': 2}.`a/b`)", 'true'],
    ["has({'a': [{'b': 1}]}.a[0].b)", 'true'],
    ["{'a': 1}.?b.orValue(7)", '7'],
    ['[1][?3]', 'none'],
    ["{?'k': optional.none(), ?'l': optional.of(1)}", '{"l": 1}'],
    ['[?optional.none(), 2]', '[2]'],
    ['1 // a comment\n + 1', '2'],
    ['.int(1.5)', '1'],
  ])('%s', (source, expected) => {
    expect(answer(source).text).toBe(expected);
  });
});

describe('what is refused', () => {
  it.each([
    ['1 +', 'syntax', 1, 4],
    ["'abc", 'syntax', 1, 1],
    ['a.in', 'syntax', 1, 3],
    ['(1', 'syntax', 1, 3],
    ['f(1,)', 'syntax', 1, 5],
    ["'\\q'", 'syntax', 1, 1],
    ['true\n  && & false', 'syntax', 2, 6],
    ['9223372036854775808', 'literal', 1, 1],
    ["'\\ud800'", 'literal', 1, 1],
    ["b'\\u0041'", 'other', 1, 1],
    ['for', 'other', 1, 1],
    ['has(a)', 'literal', 1, 5],
    ['[1].all(1, true)', 'other', 1, 9],
    ['[1].all(__result__, true)', 'other', 1, 9],
    ['[1].all(i, i, true)', 'other', 1, 12],
    ['1.sortBy(e, e)', 'other', 1, 1],
  ])('%s is %s', (source, errorClass, line, column) => {
    const parsed = parse(source, ALL);
    const issue = parsed.ok ? undefined : parsed.issues[0];
    expect(issue?.errorClass).toBe(errorClass);
    expect(answer(source).text).toBe(`!compile ${errorClass}`);
    const before = source.slice(0, issue?.offset);
    expect([before.split('\n').length, before.length - before.lastIndexOf('\n')]).toEqual([
      line,
      column,
    ]);
  });

  it('knows no optional syntax before 1.28', () => {
    const parsed = parse('a.?b', { optionals: false, twoVariables: false, sortBy: false });
    expect(parsed.ok).toBe(false);
  });

  it.each([
    ['parentheses', `${'('.repeat(300)}1${')'.repeat(300)}`, 'syntax'],
    ['sums', `1${' + 1'.repeat(300)}`, 'other'],
    ['selections', `a${'.b'.repeat(300)}`, 'other'],
    ['a long text', `'${'x'.repeat(100_001)}'`, 'syntax'],
  ])('limits %s', (_name, source, errorClass) => {
    const parsed = parse(source, ALL);
    expect(parsed.ok ? 'ok' : parsed.issues.at(-1)?.errorClass).toBe(errorClass);
  });

  it('takes long chains of && and ||, which do not nest', () => {
    expect(answer(`true${' && true'.repeat(1000)}`).text).toBe('true');
  });

  it('answers whatever text it is given', () => {
    const pieces = fc.constantFrom(
      ..."a 1 1.5 's' \"t\" ( ) [ ] { } . ?. [? , : ? + - * / % ! && || == < in true null has( .map(x, `k` r' \\".split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const parsed = parse(parts.join(' '), ALL);
        return parsed.ok || parsed.issues.length > 0;
      }),
    );
  });
});
