import fc from 'fast-check';
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkObjects } from '../../../src/cli/check/report.ts';
import { LINT_FORMATS } from '../../../src/cli/lint/formats.ts';
import { lintFiles } from '../../../src/cli/lint/lint-files.ts';
import { isLintCode } from '../../../src/cli/lint/rules.ts';
import { parseManifest } from '../../../src/cli/manifests.ts';
import { runFiles } from '../../../src/cli/policy-tests/run-files.ts';
import type { RolloutPolicy } from '../../../src/domain/policy.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { YamlError, parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { decide } from '../../../src/policy/decide.ts';
import { createSnapshot } from '../../../src/policy/snapshot.ts';
import { testFacts } from '../../../src/policy/test-facts.ts';
import { policyIssues } from '../../../src/policy/policy-issues.ts';
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

const CORPUS = globSync('test/unit/fuzz/corpus/policies/*.yaml').sort();
/** Stands in every text of the objects that these policies are asked about. */
const OBJECT_TEXT = 'S3CRETOBJECTTEXT';
/** Far beyond the deadline of a decision; a machine that is busy needs some of it. */
const HANG_MS = 15_000;

describe('policies that are kept because they hurt', () => {
  it.each(CORPUS)('%s', { timeout: 2 * HANG_MS }, async (path) => {
    const text = readFileSync(path, 'utf8');
    const startedAt = performance.now();
    await lint(text);
    for (const { value } of parsedDocuments(text)) {
      if (!isPolicy(value)) continue;
      for (const { message } of policyIssues(value)) expect(message).not.toBe('');
      decideOn(value);
    }
    expect(performance.now() - startedAt).toBeLessThan(HANG_MS);
  });
});

function parsedDocuments(text: string): ReturnType<typeof parseYamlDocuments> {
  try {
    return parseYamlDocuments(text);
  } catch (error) {
    expect(error).toBeInstanceOf(YamlError);
    return [];
  }
}

/** Decides as a cluster does in which the policy is stored, whatever is wrong with it. */
function decideOn(value: Json): void {
  const policy = value as unknown as RolloutPolicy;
  if (typeof (policy.metadata as { name?: unknown } | undefined)?.name !== 'string') return;
  const { policies, bindings } = readPolicySet([value]);
  const snapshot = createSnapshot({ policies, bindings });
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: OBJECT_TEXT, namespace: 'shop', labels: { a: OBJECT_TEXT } },
    spec: { t: OBJECT_TEXT },
  };
  const test = {
    name: '',
    callSite: 'Admission',
    members: {},
    expect: { verdict: 'allow' },
  } as const;
  const end = performance.now() + 1000;
  const decision = decide(snapshot, testFacts(test, object, []), () => performance.now() > end);
  expect(['allow', 'deny', 'error']).toContain(decision.verdict);
  for (const { error, message } of decision.violations) {
    if (error === true) expect(message).not.toContain(OBJECT_TEXT);
  }
}

describe('no error holds text of the object', () => {
  it.each([
    'int(object.spec.t) > 1',
    'double(object.spec.t) > 1.0',
    "duration(object.spec.t) > duration('1s')",
    'timestamp(object.spec.t) > now',
    "quantity(object.spec.t).isGreaterThan(quantity('1'))",
    "url(object.spec.t).getHost() == 'a'",
    "'a'.matches(object.spec.t + '(')",
    'object.spec[object.spec.t] == 1',
    "{'a': 1}[object.spec.t] == 1",
    'ip(object.spec.t).family() == 4',
    'cidr(object.spec.t).prefixLength() == 4',
    'semver(object.spec.t).major() == 1',
    'bool(object.spec.t)',
    'uint(object.spec.t) == 1u',
    'object.spec.t + 1 == 2',
    "'%d'.format([object.spec.t]) == ''",
    'now.getHours(object.spec.t) == 1',
    '[1][object.spec.t] == 1',
    'object.spec.t ? true : false',
    'object.metadata.labels.all(k, object.spec.t)',
    "object.spec.t.replace('a', 'b', object.spec.t) == ''",
    'sets.contains([1], object.spec.t)',
    'variables.found == 1',
  ])('%s', (expression) => {
    decideOn({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicy',
      metadata: { name: 'p' },
      spec: {
        variables: [{ name: 'found', expression: 'object.metadata.labels[object.spec.t]' }],
        validations: [{ expression }],
      },
    });
  });

  it('while what the policy itself says stays', () => {
    const value = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicy',
      metadata: { name: 'p' },
      spec: { validations: [{ expression: 'object.spec.missing == 1' }] },
    };
    const { policies, bindings } = readPolicySet([value]);
    const test = {
      name: '',
      callSite: 'Admission',
      members: {},
      expect: { verdict: 'allow' },
    } as const;
    const facts = testFacts(
      test,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
      [],
    );
    const { violations } = decide(createSnapshot({ policies, bindings }), facts);
    expect(violations[0]?.message).toContain('no such key: spec');
  });
});
