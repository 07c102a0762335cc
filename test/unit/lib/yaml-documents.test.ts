import { describe, expect, it } from 'vitest';
import { YamlError, parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';

describe('documents', () => {
  const cases: [string, string, unknown[]][] = [
    ['none', '', []],
    ['comments only', '# a\n---\n# b\n', []],
    ['one', 'a: 1\n', [{ value: { a: 1 }, line: 1 }]],
    [
      'several with their lines',
      '# c\na: 1\n---\n\nb: 2\n---\nc: 3',
      [
        { value: { a: 1 }, line: 2 },
        { value: { b: 2 }, line: 5 },
        { value: { c: 3 }, line: 7 },
      ],
    ],
    ['content on the marker line', '--- {a: 1}\n', [{ value: { a: 1 }, line: 1 }]],
    ['an end marker', 'a: 1\n...\n', [{ value: { a: 1 }, line: 1 }]],
    [
      'a marker inside a block scalar',
      'a: |\n  x\n  ---\n  y\n',
      [{ value: { a: 'x\n---\ny\n' }, line: 1 }],
    ],
    [
      'the 1.2 core schema',
      'a: yes\nb: off\nc: 0o17\nd: 012\ne: 2026-01-01\nf: ~\n',
      [{ value: { a: 'yes', b: 'off', c: 15, d: 12, e: '2026-01-01', f: null }, line: 1 }],
    ],
    [
      'integers beyond doubles',
      'a: 9007199254740993\n',
      [{ value: { a: 9007199254740993n }, line: 1 }],
    ],
    ['JSON', '{"a": [1.5, true]}', [{ value: { a: [1.5, true] }, line: 1 }]],
    [
      'Windows line ends',
      'a: 1\r\n---\r\nb: 2\r\n',
      [
        { value: { a: 1 }, line: 1 },
        { value: { b: 2 }, line: 3 },
      ],
    ],
  ];
  it.each(cases)('%s', (_name, text, documents) => {
    expect(parseYamlDocuments(text)).toEqual(documents);
  });
});

describe('what is no YAML', () => {
  const cases: [string, string, number, number][] = [
    ['a key twice', 'x: 1\n---\na: 1\na: 2\n', 4, 1],
    ['an open bracket', 'a: [1\n', 2, 1],
    ['a tab', 'a:\n\tb: 1\n', 2, 1],
    ['an unknown alias', 'a: *b\n', 1, 6],
  ];
  it.each(cases)('%s has a place', (_name, text, line, column) => {
    let caught: unknown;
    try {
      parseYamlDocuments(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(YamlError);
    expect(caught).toMatchObject({ line, column });
  });
});
