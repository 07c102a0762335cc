import fc from 'fast-check';
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkObjects } from '../../../src/cli/check/report.ts';
import { LINT_FORMATS } from '../../../src/cli/lint/formats.ts';
import { lintFiles } from '../../../src/cli/lint/lint-files.ts';
import { isLintCode } from '../../../src/cli/lint/rules.ts';
import { parseManifest } from '../../../src/cli/manifests.ts';
import { runFiles } from '../../../src/cli/policy-tests/run-files.ts';
import { YamlError, parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { isBinding, isPolicy, readPolicySet } from '../../../src/policy/policy-set.ts';
import {
  BINDING_SHAPE,
  BOUNDS,
  POLICY_SHAPE,
  WINDOW_SHAPE,
  anyJson,
  bent,
  brokenText,
} from './arbitraries.ts';

const NOW = '2026-01-01T00:00:00Z';
const TIMEOUT = 60_000;
const sourcesOf = (pattern: string): string[] =>
  globSync(pattern).map((path) => readFileSync(path, 'utf8'));
const POLICIES = sourcesOf('policies/**/policy.yaml');
const TESTS = sourcesOf('policies/**/tests.yaml');
const MANIFESTS = sourcesOf('manifests/examples/**/*.yaml');

async function lint(text: string): Promise<void> {
  const input = { file: 'f.yaml', path: '', text, isNamed: true };
  const report = await lintFiles([input], { now: NOW, ignored: new Set() });
  for (const { code, line, column } of report.findings) {
    expect(isLintCode(code)).toBe(true);
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
  }
  for (const format of Object.values(LINT_FORMATS)) expect(format(report)).toBeTypeOf('string');
}

function check(policies: string, manifests: string): void {
  const [rules, subjects] = [policies, manifests].map(
    (text) => parseManifest('f.yaml', text).objects,
  );
  const set = readPolicySet(
    (rules ?? []).map(({ value }) => value).filter((value) => isPolicy(value) || isBinding(value)),
  );
  const options = { namespace: 'n', userInfo: { username: 'u', groups: [] }, now: NOW };
  const inputs = { subjects: subjects ?? [], known: [...(subjects ?? []), ...(rules ?? [])] };
  for (const { decision } of checkObjects(inputs, set, options).objects) {
    expect(['allow', 'warn', 'deny', 'error']).toContain(decision.verdict);
  }
}

const documents = fc
  .array(fc.oneof(bent(POLICY_SHAPE), bent(BINDING_SHAPE), bent(WINDOW_SHAPE), anyJson), {
    minLength: 1,
    maxLength: 3,
  })
  .map((each) => each.map((document) => JSON.stringify(document)).join('\n---\n'));

describe('whatever a policy file holds', () => {
  it(
    'YAML is read, or refused at a place',
    () => {
      fc.assert(
        fc.property(fc.oneof(brokenText([...POLICIES, ...TESTS]), fc.string()), (text) => {
          try {
            parseYamlDocuments(text);
          } catch (error) {
            expect(error).toBeInstanceOf(YamlError);
            expect((error as YamlError).line).toBeGreaterThan(0);
          }
        }),
        { ...BOUNDS, numRuns: 3000 },
      );
    },
    TIMEOUT,
  );

  it(
    'lint answers with findings',
    async () => {
      await fc.assert(fc.asyncProperty(brokenText(POLICIES), lint), { ...BOUNDS, numRuns: 300 });
      await fc.assert(fc.asyncProperty(documents, lint), { ...BOUNDS, numRuns: 300 });
    },
    TIMEOUT,
  );

  it(
    'test answers with cases or a problem',
    async () => {
      await fc.assert(
        fc.asyncProperty(brokenText(TESTS), async (text) => {
          const input = { file: 't.yaml', path: '', text, isNamed: true };
          const report = await runFiles([input], 'policies/canary-steps', true);
          expect(report.files.length + report.problems.length).toBe(1);
        }),
        { ...BOUNDS, numRuns: 400 },
      );
    },
    TIMEOUT,
  );

  it(
    'check decides',
    () => {
      const broken = fc.oneof(
        brokenText(MANIFESTS),
        bent(POLICY_SHAPE).map((each) => JSON.stringify(each)),
      );
      fc.assert(fc.property(fc.constantFrom(...POLICIES), broken, check), {
        ...BOUNDS,
        numRuns: 400,
      });
      fc.assert(fc.property(documents, fc.constantFrom(...MANIFESTS), check), {
        ...BOUNDS,
        numRuns: 400,
      });
    },
    TIMEOUT,
  );
});

describe('YAML that is made to hurt', () => {
  const bomb = Array.from({ length: 30 }, (_value, index) =>
    index === 0
      ? 'a0: &a0 [x, x, x]'
      : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}, *a${index - 1}]`,
  ).join('\n');
  it.each([
    ['an immense document', bomb, 'is too large when its aliases are written out'],
    ['one that holds itself', 'kind: &a [*a]', 'an alias holds itself'],
    ['lists in lists', '['.repeat(5000) + ']'.repeat(5000), 'nest'],
    ['lists in lists without end', '['.repeat(100_000), 'nest'],
    ['mappings in mappings', '{a: '.repeat(2000) + '}'.repeat(2000), 'nest'],
  ])('%s', async (_name, text, message) => {
    expect(() => parseYamlDocuments(text)).toThrow(message);
    await lint(text);
  });
});
