import type { Decision, Violation } from '../domain/decision.ts';
import type { RolloutPolicyBinding } from '../domain/policy.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { compileStoredPolicy, type CompileOptions } from './compile.ts';
import { decideAsking } from './decide-asking.ts';
import { equalJson } from './json-patch.ts';
import type { KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import type { OfflineGovernance } from './offline-governance.ts';
import { readPolicySet, requireSound, type PolicySet } from './policy-set.ts';
import { createSnapshot, type PolicySnapshot } from './snapshot.ts';
import { stubAuthorizer } from './stub-authorizer.ts';
import { testFacts } from './test-facts.ts';
import { readTestFile, type ExpectedViolation, type PolicyTest } from './test-file.ts';

/** How one case went. */
export interface PolicyTestResult {
  readonly name: string;
  readonly ok: boolean;
  /** What differs, one line each; empty when it went well. */
  readonly differences: readonly string[];
  readonly decision: Decision;
}

export interface PolicyTestReport {
  readonly results: readonly PolicyTestResult[];
  readonly policies: PolicySet;
}

/** Reads the documents of a file, by its path relative to the tests file. */
export type ReadDocuments = (path: string) => readonly Json[];

/** What cases are run with. */
export interface TestWorld {
  /** Evaluates governance objects that cases give; absent: they must give facts. */
  readonly governance?: OfflineGovernance | undefined;
  /** Of the kinds that policies mutate. Default: those that are bundled. */
  readonly schemas?: KindSchemas | undefined;
}

/**
 * Runs the cases of a tests.yaml against its policies, which are `policy.yaml` beside it unless it names others.
 * @param document the parsed file
 * @param optionsOf how a policy is compiled, by its name: for coverage
 * @throws SluiceError SLUICE_INPUT when the file is malformed, SLUICE_POLICY_COMPILE when a policy is; what `read` throws
 */
export function runPolicyTests(
  document: Json,
  read: ReadDocuments,
  optionsOf?: (policy: string) => CompileOptions,
  { governance, schemas }: TestWorld = {},
): PolicyTestReport {
  const { policies: paths, tests } = readTestFile(document);
  const policies = readPolicySet(
    paths.flatMap((path) => read(path)),
    optionsOf,
  );
  requireSound(policies);
  const running: Running = { policies, read, governance, schemas };
  return { results: tests.map((test) => runTest(test, running)), policies };
}

interface Running {
  readonly policies: PolicySet;
  readonly read: ReadDocuments;
  readonly governance: OfflineGovernance | undefined;
  readonly schemas: KindSchemas | undefined;
}

function runTest(test: PolicyTest, running: Running): PolicyTestResult {
  const { policies, read, governance, schemas } = running;
  const { objectFile, object, params, authorizer } = test.members;
  const subject = typeof objectFile === 'string' ? read(objectFile)[0] : object;
  const bindings = policies.bindings.map((binding) => withParams(binding, params));
  const referring = bindings.filter(({ spec }) => spec.paramRef !== undefined);
  const facts = testFacts(
    test,
    subject ?? null,
    referring.map(({ metadata }) => metadata.name),
    governance,
  );
  const { decision } = decideAsking(
    snapshotOf(policies, bindings, schemas),
    facts,
    authorizer === undefined ? () => undefined : stubAuthorizer(authorizer, facts.request.userInfo),
  );
  const differences = differencesOf(test, decision, policies);
  return { name: test.name, ok: differences.length === 0, differences, decision };
}

function withParams(binding: RolloutPolicyBinding, params: Json | undefined): RolloutPolicyBinding {
  if (binding.spec.paramRef !== undefined || !isJsonObject(params)) return binding;
  return { ...binding, spec: { ...binding.spec, params } };
}

function snapshotOf(
  { policies, compiled }: PolicySet,
  bindings: readonly RolloutPolicyBinding[],
  schemas: KindSchemas | undefined,
): PolicySnapshot {
  return createSnapshot(
    { policies, bindings, schemas },
    (policy) => compiled.get(policy.metadata.name) ?? compileStoredPolicy(policy),
  );
}

function differencesOf(
  { expect }: PolicyTest,
  decision: Decision,
  policies: PolicySet,
): readonly string[] {
  const lines: string[] = [];
  const compare = (what: string, wanted: string, got: string): void => {
    if (wanted !== got) lines.push(`${what}: expected ${wanted}, got ${got}`);
  };
  compare('verdict', expect.verdict, decision.verdict);
  if (expect.violations !== undefined) {
    lines.push(...violationDifferences(expect.violations, decision.violations, policies));
  }
  if (expect.warnings !== undefined) {
    compare('warnings', canonicalJson(expect.warnings), canonicalJson(decision.warnings));
  }
  const patch = decision.patch as unknown as Json;
  if (expect.patch !== undefined && !equalJson(expect.patch, patch)) {
    compare('patch', canonicalJson(expect.patch), canonicalJson(patch));
  }
  if (expect.auditAnnotations !== undefined) {
    const got = decision.auditAnnotations;
    compare('auditAnnotations', canonicalJson(expect.auditAnnotations), canonicalJson(got));
  }
  if (expect.nextOpen !== undefined) {
    compare('nextOpen', expect.nextOpen, decision.nextOpen ?? 'none');
  }
  if (lines.length > 0) lines.push(...decision.violations.map(described));
  return lines;
}

function described({ policy, validation, message }: Violation): string {
  return `  got ${policy}/${validation}: ${message}`;
}

function violationDifferences(
  expected: readonly ExpectedViolation[],
  found: readonly Violation[],
  policies: PolicySet,
): readonly string[] {
  if (expected.length !== found.length) {
    const wanted = expected.map(({ validation }) => validation);
    const got = found.map(({ policy, validation }) => `${policy}/${validation}`);
    return [`violations: expected ${listed(wanted)}, got ${listed(got)}`];
  }
  return expected.flatMap(({ validation, message, policy }, index) => {
    const violation = found[index];
    if (violation === undefined) return [];
    const differing: string[] = [];
    if (!namesOf(violation, policies).includes(validation)) {
      differing.push(
        `violations[${index}].validation: expected ${validation}, got ${violation.validation}`,
      );
    }
    if (message !== undefined && message !== violation.message) {
      differing.push(`violations[${index}].message: expected ${message}, got ${violation.message}`);
    }
    if (policy !== undefined && policy !== violation.policy) {
      differing.push(`violations[${index}].policy: expected ${policy}, got ${violation.policy}`);
    }
    return differing;
  });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : `${names.length} (${names.join(', ')})`;
}

/** Name and index of a violation's validation. */
function namesOf({ policy, validation }: Violation, { compiled }: PolicySet): readonly string[] {
  const labels = compiled.get(policy)?.validations.map(({ label }) => label) ?? [];
  const index = labels.indexOf(validation);
  return index < 0 ? [validation] : [validation, String(index)];
}
