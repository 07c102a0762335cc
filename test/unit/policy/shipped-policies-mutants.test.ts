import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/domain/errors.ts';
import { isJsonArray, isJsonObject, type Json } from '../../../src/lib/lossless-json.ts';
import { parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { runPolicyTests } from '../../../src/policy/run-tests.ts';

const FOLDER = 'policies';
const NAMES = readdirSync(FOLDER).filter((name) => name !== 'packs');

/** Fields that hold an expression. */
const EXPRESSION_FIELDS = ['expression', 'messageExpression', 'valueExpression'];

/**
 * What stands in an expression's place: `true`, as whoever lifts a rule writes it, and for the fields and variables of
 * which that is no value, a constant of the type that they give. Bool results are tried as `false`, too.
 */
const CONSTANTS = [
  'true',
  'false',
  "'true'",
  '0',
  '0.0',
  '[]',
  '{}',
  "duration('0s')",
  "quantity('0')",
  'optional.none()',
  // A patch that is never made.
  "[JSONPatch{op: 'test', path: '/kind', value: true}]",
];

/** Where an expression stands, by member names and indices from the policy's root. */
type Path = readonly (string | number)[];

function expressionPaths(value: Json, path: Path = []): readonly Path[] {
  if (isJsonArray(value)) {
    return value.flatMap((item, index) => expressionPaths(item, [...path, index]));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    EXPRESSION_FIELDS.includes(key) && typeof member === 'string'
      ? [[...path, key]]
      : expressionPaths(member, [...path, key]),
  );
}

function replaced(value: Json, [head, ...rest]: Path, text: string): Json {
  if (head === undefined) return text;
  if (isJsonArray(value)) {
    return value.map((item, index) => (index === head ? replaced(item, rest, text) : item));
  }
  if (!isJsonObject(value)) throw new Error(`nothing at ${String(head)}`);
  return { ...value, [head]: replaced(value[head] ?? null, rest, text) };
}

const read = (path: string): readonly Json[] =>
  parseYamlDocuments(readFileSync(path, 'utf8')).map(({ value }) => value);

/** @returns whether a case fails, nothing fails, or the policy is refused before any case is run */
function fate(name: string, tests: Json, policy: Json): 'killed' | 'survives' | 'refused' {
  try {
    const { results } = runPolicyTests(tests, (path) =>
      path === 'policy.yaml' ? [policy] : read(`${FOLDER}/${name}/${path}`),
    );
    return results.every(({ ok }) => ok) ? 'survives' : 'killed';
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'SLUICE_POLICY_COMPILE') return 'refused';
    throw error;
  }
}

describe.each(NAMES)('policies/%s', (name) => {
  const [tests = null] = read(`${FOLDER}/${name}/tests.yaml`);
  const [policy = null] = read(`${FOLDER}/${name}/policy.yaml`);
  const paths = expressionPaths(policy);

  it('has expressions, and passes as it is', () => {
    expect(paths.length).toBeGreaterThan(0);
    expect(fate(name, tests, policy)).toBe('survives');
  });

  it.each(paths.map((path) => [path.join('.'), path] as const))(
    'a case fails when %s is a constant',
    (_text, path) => {
      const fates = CONSTANTS.map(
        (constant) => [constant, fate(name, tests, replaced(policy, path, constant))] as const,
      );
      expect(fates.filter(([, result]) => result === 'survives')).toEqual([]);
      expect(fates.some(([, result]) => result === 'killed')).toBe(true);
    },
  );
});
