import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { policyIssues } from '../../../src/policy/policy-issues.ts';
import { readPolicySet } from '../../../src/policy/policy-set.ts';
import { runPolicyTests } from '../../../src/policy/run-tests.ts';

const FOLDER = 'policies';
const NAMES = readdirSync(FOLDER).filter((name) => name !== 'packs');

const read = (path: string): readonly Json[] =>
  parseYamlDocuments(readFileSync(path, 'utf8')).map(({ value }) => value);

describe.each(NAMES)('policies/%s', (name) => {
  const [tests = null] = read(`${FOLDER}/${name}/tests.yaml`);
  const report = runPolicyTests(tests, (path) => read(`${FOLDER}/${name}/${path}`));

  it.each(report.results.map((result) => [result.name, result] as const))('%s', (_name, result) => {
    expect(result.differences).toEqual([]);
  });

  it('has cases that are allowed, refused and toward safety', () => {
    const verdicts = report.results.map(({ decision }) => decision.verdict);
    expect(verdicts).toContain('allow');
    expect(verdicts.some((verdict) => verdict === 'deny' || verdict === 'hold')).toBe(true);
    expect(report.results.some((result) => result.name.startsWith('toward safety'))).toBe(true);
  });

  it('can be created, and says what it supports', () => {
    for (const policy of read(`${FOLDER}/${name}/policy.yaml`))
      expect(policyIssues(policy)).toEqual([]);
    const [policy] = report.policies.policies;
    expect(policy?.metadata.name).toBe(name);
    expect(policy?.spec.standards?.length).toBeGreaterThan(0);
    expect(policy?.spec.remediation).toBeDefined();
    expect(readFileSync(`${FOLDER}/${name}/README.md`, 'utf8')).toContain(`# ${name}\n`);
  });
});

describe('policies/packs', () => {
  it.each(readdirSync(`${FOLDER}/packs`))('%s binds policies that exist', (file) => {
    const documents = [
      ...NAMES.flatMap((name) => read(`${FOLDER}/${name}/policy.yaml`)),
      ...read(`${FOLDER}/packs/${file}`),
    ];
    const set = readPolicySet(documents);
    expect(set.problems).toEqual([]);
    expect(set.unbound).toEqual([]);
    expect(set.bindings.map(({ spec }) => spec.policyName).sort()).toEqual([...NAMES].sort());
  });
});
