import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unknownControls } from '../../../src/evidence/report/frameworks.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { policyIssues } from '../../../src/policy/policy-issues.ts';
import { readPolicySet, type PolicySet } from '../../../src/policy/policy-set.ts';
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
    expect(unknownControls(policy?.spec.standards)).toEqual([]);
    expect(policy?.spec.title).toBeDefined();
    expect(policy?.spec.category).toBeDefined();
    expect(policy?.spec.severity).toBeDefined();
    expect(policy?.spec.remediation).toBeDefined();
    expect(readFileSync(`${FOLDER}/${name}/README.md`, 'utf8')).toContain(`# ${name}\n`);
  });
});

/** Packs that are named after a framework bind policies that support it. */
const FRAMEWORK_OF: Readonly<Record<string, string>> = {
  'soc2.yaml': 'soc2-2017',
  'hipaa.yaml': 'hipaa-164',
  'gdpr.yaml': 'gdpr-2016-679',
};

describe('policies/packs', () => {
  const PACKS = readdirSync(`${FOLDER}/packs`);
  const policies = NAMES.flatMap((name) => read(`${FOLDER}/${name}/policy.yaml`));
  const bindingsOf = (file: string) => {
    const set = readPolicySet([...policies, ...read(`${FOLDER}/packs/${file}`)]);
    return { ...set, bindings: set.bindings.filter(({ spec }) => !isStandIn(set, spec)) };
  };
  const isStandIn = (set: PolicySet, { policyName }: { policyName: string }): boolean =>
    set.unbound.includes(policyName);

  it.each(PACKS)('%s binds policies that exist, each under its own name', (file) => {
    const { problems, bindings } = bindingsOf(file);
    expect(problems).toEqual([]);
    expect(bindings.length).toBeGreaterThan(0);
    for (const { metadata, spec } of bindings) {
      expect(NAMES).toContain(spec.policyName);
      expect(metadata.name).toBe(`${file.replace('.yaml', '')}-${spec.policyName}`);
    }
  });

  it.each(Object.entries(FRAMEWORK_OF))('%s binds policies that support %s', (file, framework) => {
    const { policies: known, bindings } = bindingsOf(file);
    for (const { spec } of bindings) {
      const policy = known.find(({ metadata }) => metadata.name === spec.policyName);
      expect(policy?.spec.standards?.map(({ id }) => id)).toContain(framework);
    }
  });

  it('leave no policy out', () => {
    const bound = PACKS.flatMap((file) => bindingsOf(file).bindings);
    expect(new Set(bound.map(({ spec }) => spec.policyName))).toEqual(new Set(NAMES));
  });
});
