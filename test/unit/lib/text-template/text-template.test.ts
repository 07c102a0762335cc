import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TemplateError } from '../../../../src/lib/text-template/template-error.ts';
import { renderTemplate } from '../../../../src/lib/text-template/text-template.ts';
import { Text, type Value } from '../../../../src/lib/text-template/values.ts';

const VARIABLES = { colour: 'red', empty: '', path_2: '/a"b', n: '7', uni: "é<&>'x" };
const FUNCTIONS = new Map(
  Object.entries<Value>({
    name: Text.own('podinfo'),
    namespace: Text.own('shop'),
    target: Text.own('podinfo'),
    interval: Text.own('1m'),
    variables: new Map(Object.entries(VARIABLES).map(([key, text]) => [key, Text.foreign(text)])),
    list: ['a', 'b'].map((text) => Text.own(text)),
  }).map(([name, value]) => [name, { arity: [0, 0] as const, call: () => value }]),
);

const rendered = (source: string): string =>
  renderTemplate(source, FUNCTIONS)
    .map(({ text }) => text)
    .join('');

/** Recorded from Go's own implementation by record.go; null: Go refuses it. */
const VECTORS = JSON.parse(
  readFileSync(new URL('vectors.json', import.meta.url), 'utf8'),
) as readonly (readonly [template: string, output: string | null])[];

test('renders as Go does, and refuses what Go refuses', () => {
  expect(VECTORS.length).toBeGreaterThan(700);
  expect(VECTORS.filter(([, output]) => output === null).length).toBeGreaterThan(200);
  const wrong = VECTORS.flatMap(([template, wanted]) => {
    const got = attempt(template);
    return got === wanted ? [] : [{ template, wanted, got }];
  });
  expect(wrong).toEqual([]);
});

function attempt(template: string): string | null {
  try {
    return rendered(template);
  } catch (error) {
    if (error instanceof TemplateError) return null;
    throw error;
  }
}

describe('an error says where', () => {
  test.each([
    ['a\n {{ nmae }}', 2, 5, 'function nmae is not defined (known: name, namespace,'],
    ['{{ variables.absent }}', 1, 4, 'map has no entry for key absent'],
    ['{{ if name }}x', 1, 4, '{{if}} has no {{end}}'],
    ['{{ $x }}', 1, 4, 'undefined variable $x'],
    ['up{{ name ', 1, 3, 'unclosed action'],
    ['{{ printf "%[1]s" name }}', 1, 4, 'argument indexes, * and the flag # are not supported'],
    ['{{ printf "%x" 1.5 }}', 1, 4, '%x of a float is not supported'],
    ['{{ 1i }}', 1, 4, 'bad number syntax'],
    ['{{ slice "é" 1 }}', 1, 4, 'slice cuts a character'],
    ['{{ name | 3 }}', 1, 11, 'what follows | must be a function'],
    ['{{ name "x" }}', 1, 4, 'wrong number of arguments for name: want 0, got 1'],
    ['{{ range 100000 }}{{ end }}', 1, 4, 'more than 10000 steps'],
    ['{{ range 900 }}{{ printf "%100s" name }}{{ end }}', 1, 19, 'more than 65536 characters'],
    ['{{define "t"}}{{template "t"}}{{end}}{{template "t"}}', 1, 17, 'nested too deep'],
    [`{{ ${'('.repeat(200)}name${')'.repeat(200)} }}`, 1, 104, 'nested too deep'],
  ])('%s', (template, line, column, problem) => {
    const error = failure(template);
    expect(error.message).toContain(`line ${line}, column ${column}: `);
    expect(error.message).toContain(problem);
    expect(error).toMatchObject({ line, column });
  });

  test('and never repeats a value', () => {
    for (const template of ['{{ variables.colour.x }}', '{{ lt variables.colour 1 }}']) {
      expect(failure(template).message).not.toContain('red');
    }
  });
});

function failure(template: string): TemplateError {
  try {
    rendered(template);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`${template} was rendered`);
}

test('lists are walked, indexed and sliced', () => {
  const template =
    '{{ range $i, $x := list }}{{ $i }}{{ $x }},{{ end }}{{ index list 1 }}{{ len (slice list 1) }}';
  expect(rendered(template)).toBe('0a,1b,b1');
});

test('what came from a value is told apart from what the template says', () => {
  const template = 'job="{{ variables.colour }}" {{ printf "<%s>" variables.n }} {{ "own" }}';
  const foreign = renderTemplate(template, FUNCTIONS).filter((part) => part.foreign);
  expect(foreign.map(({ text }) => text)).toEqual(['red', '7']);
  for (const call of ['html', 'js', 'urlquery', 'print', 'println', 'printf "%q"', 'or ""']) {
    const parts = renderTemplate(`{{ ${call} variables.uni }}`, FUNCTIONS);
    expect(parts.filter((part) => part.foreign)).not.toEqual([]);
  }
});
