import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isScalar, parseDocument, visit } from 'yaml';
import { blockScalarMap, flowScalarMap } from '../../../../src/cli/source/scalar-map.ts';
import { createSourceMap } from '../../../../src/cli/source/source-map.ts';

/** The line and column of the mark `¦` in a text, and the text without it. */
function marked(text: string): { text: string; line: number; column: number } {
  const before = text.slice(0, text.indexOf('¦'));
  const column = before.length - before.lastIndexOf('\n');
  return { text: text.replace('¦', ''), line: before.split('\n').length, column };
}

describe('a place inside a scalar', () => {
  const cases: [string, string, string][] = [
    ['plain', 'a: b\nexpression: one + ¦two\n', 'two'],
    ['plain over lines', 'expression: one +\n  ¦two\n', 'two'],
    ['single quotes', "expression: 'it''s ¦two'\n", 'two'],
    ['single quotes over lines', "expression: 'one +\n\n\n    ¦two'\n", 'two'],
    ['double quotes', 'expression: "a\\tb\\u0041 \\"¦two"\n', 'two'],
    ['double quotes with an escaped break', 'expression: "one \\\n   ¦two"\n', 'two'],
    ['a literal block', 'expression: |\n  one\n    deep\n  ¦two\n', 'two'],
    ['a literal block with its own indentation', 'expression: |2-\n    one\n  ¦two\n', 'two'],
    ['a folded block', 'expression: >-\n  one +\n  ¦two\n', 'two'],
    ['a folded block with blank lines', 'expression: >-\n  one +\n\n\n  ¦two\n', 'two'],
    ['a folded block with deeper lines', 'expression: >-\n\n  one\n    deep\n\n  x ¦two\n', 'two'],
    ['flow style', '{a: [1, {b: 2}], expression: "one ¦two"}\n', 'two'],
    ['Windows line ends', 'a: 1\r\nexpression: >-\r\n  one\r\n  ¦two\r\n', 'two'],
    ['a second document', 'a: 1\n---\n# c\nexpression: one ¦two\n', 'two'],
    ['an anchor', 'x: &e one ¦two\nexpression: *e\n', 'two'],
  ];
  it.each(cases)('%s', async (_name, source, needle) => {
    const { text, line, column } = marked(source);
    const map = await createSourceMap(text);
    const document = source.includes('---') ? 4 : 1;
    const parsed = parseDocument(source.includes('---') ? 'expression: one two' : text);
    const { expression: value } = parsed.toJS() as { expression: string };
    const place = map.place({
      document,
      path: 'expression',
      part: 'value',
      offset: value.indexOf(needle),
    });
    expect([place.line, place.column]).toEqual([line, column]);
  });
});

describe('a place of a field', () => {
  const text = `kind: List
items:
  - metadata: {labels: {a.b/c: x, a: y}}
    list:
      - one
`;
  const cases: [string, 'key' | 'value', number, number][] = [
    ['kind', 'key', 1, 1],
    ['kind', 'value', 1, 7],
    ['items[0].metadata.labels.a.b/c', 'key', 3, 25],
    ['items[0].metadata.labels.a', 'value', 3, 38],
    ['items[0].list[0]', 'value', 5, 9],
    ['items[0].metadata.missing', 'value', 3, 5],
    ['items[0].list[7].x', 'value', 4, 5],
    ['nowhere', 'value', 1, 1],
  ];
  it.each(cases)('%s (%s)', async (path, part, line, column) => {
    const place = (await createSourceMap(text)).place({ document: 1, path, part });
    expect([place.line, place.column]).toEqual([line, column]);
  });
});

describe('scalars read as the parser reads them', () => {
  const piece = fc.constantFrom(
    ...'ab \t\n\'"\\-#:>|&*x'.split(''),
    '\n  ',
    '  ',
    '\r\n',
    '\\n',
    '\\u0041',
    'é',
    '😀',
  );
  const body = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));
  const head = fc.constantFrom(
    '',
    '"',
    "'",
    '|\n  ',
    '>\n  ',
    '>-\n  ',
    '|+\n  ',
    '>+\n',
    '|2\n  ',
    '>1-\n ',
  );
  it('in every style', () => {
    let seen = 0;
    fc.assert(
      fc.property(head, body, (start, rest) => {
        const text = `k: ${start}${rest}${/["']$/.test(start) ? start : '\n'}`;
        const document = parseDocument(text, { keepSourceTokens: true, logLevel: 'silent' });
        if (document.errors.length > 0) return;
        visit(document, {
          Scalar(_key, node) {
            if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return;
            // Where the parsers differ (nothing but blanks, a blank line after an escaped break), the scalar as a
            // whole is shown.
            if (node.value.trim() === '' || /\\\r?\n[ \t]*\r?\n/.test(text)) return;
            const [from, to] = node.range;
            const isBlock = node.type?.startsWith('BLOCK') === true;
            const { value, offsets } = isBlock
              ? blockScalarMap(text, from, to, 0)
              : flowScalarMap(text, from, to);
            expect(value, JSON.stringify(text)).toBe(node.value);
            expect(offsets).toHaveLength(value.length + 1);
            expect([...offsets].sort((a, b) => a - b)).toEqual(offsets);
            seen++;
          },
        });
      }),
      { seed: 7, numRuns: 6000 },
    );
    expect(seen).toBeGreaterThan(3000);
  });
});
