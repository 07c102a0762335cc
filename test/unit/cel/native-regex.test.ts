import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { nativeRegex } from '../../../src/cel/native-regex.ts';

describe('patterns for the engine of JavaScript', () => {
  it.each([
    '^registry\\.example\\.com/[^:@]+(:[\\w.-]+|@sha256:[a-f0-9]{64})$',
    '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    '^v\\d+$',
    'a|b|',
    '[-a]',
    '[a-]',
    '^a{2,5}$',
    '(?:ab)?c.$',
  ])('takes %s', (pattern) => {
    expect(nativeRegex(pattern)).toBeDefined();
  });

  it.each([
    '(a+)+$',
    '(a*)*',
    '(a|b)*',
    '(?i)a',
    '(?P<n>a)',
    '[[:alpha:]]',
    '\\pL',
    '\\bword\\b',
    'a*?',
    'a**',
    'a{1001}',
    '^*',
    '^?',
    '\\1',
    '[]a]',
    '[\\d-z]',
    'a{,2}',
    '{',
    '(?=a)',
    '[',
    '(',
    ')',
  ])('leaves %s to RE2', (pattern) => {
    expect(nativeRegex(pattern)).toBeUndefined();
  });

  it('is quick only for texts that leave few ways to try', () => {
    const many = nativeRegex('^a*a*a*b$');
    expect(many?.isQuick('a'.repeat(20))).toBe(true);
    expect(many?.isQuick('a'.repeat(30))).toBe(false);
    expect(nativeRegex('a*b')?.isQuick('a'.repeat(1000))).toBe(false);
    expect(nativeRegex('^[a-z]+$')?.isQuick('a'.repeat(10_000))).toBe(true);
    expect(nativeRegex('^[a-z]+$')?.isQuick('é')).toBe(false);
  });

  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '\\d',
    '\\w',
    '\\s',
    '[ab]',
    '[^a]',
    '[a-c-]',
    '[-\\w.]',
    '\\.',
    '\\-',
    '\n',
    'é',
    '😀',
    '[😀é]',
    '-',
    '[^\\d]',
    '\\t',
  );
  const piece = fc.oneof(
    fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}'))
      .map(([a, b]) => a + b),
    fc.constantFrom('^', '$', '(a|b)', '(?:ab|c)?', '(a*b|)', '|', '(^a)?', '(b$)'),
  );
  const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  const text = fc
    .array(
      fc.constantFrom(
        'a',
        'b',
        'c',
        '1',
        '.',
        '-',
        ' ',
        '\n',
        '\r',
        '\u2028',
        '\u00a0',
        'é',
        '😀',
        '_',
        '\t',
      ),
      { maxLength: 8 },
    )
    .map((each) => each.join(''));

  it('means what RE2 means', () => {
    let taken = 0;
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        const native = nativeRegex(source);
        if (native === undefined || !native.isQuick(value)) return;
        taken++;
        expect(native.regex.test(value), JSON.stringify([source, value])).toBe(
          RE2JS.compile(source).test(value),
        );
      }),
      { numRuns: 20_000, seed: 7 },
    );
    expect(taken).toBeGreaterThan(5000);
  }, 60_000);
});
