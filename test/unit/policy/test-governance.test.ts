import { describe, expect, it } from 'vitest';
import { governanceOfFiles } from '../../../src/cli/governance-objects.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { runPolicyTests } from '../../../src/policy/run-tests.ts';

const GOVERNANCE = governanceOfFiles({
  systemNamespace: 'sluice-system',
  exceptionNamespaces: ['*'],
  assumeApproved: true,
});
const POLICY = `
apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: p}
spec:
  evaluateAt: [Admission, Promotion, TrafficIncrease]
  matchConstraints:
    resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]
  validations:
    - name: approved
      expression: rollout == null || rollout.approvals.exists(a, a.action == 'Approve')
      message: nobody approved
    - name: small
      expression: object.spec.size < 5
      message: too large
`;
const OBJECT =
  '{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: web, namespace: shop, labels: {team: a}}, spec: {size: 9}}';

function differences(text: string, governance: typeof GOVERNANCE | undefined = GOVERNANCE) {
  const parse = (source: string): readonly Json[] =>
    parseYamlDocuments(source).map(({ value }) => value);
  const [tests = null] = parse(text);
  return runPolicyTests(tests, () => parse(POLICY), undefined, { governance }).results.flatMap(
    (result) => result.differences,
  );
}

const caseOf = (members: string, expected: string): string =>
  `tests: [{name: c, object: ${OBJECT}, ${members}, expect: ${expected}}]`;
const EXCEPTION =
  "{spec: {type: Exception, policies: [{name: p, validations: [small]}], reason: r, expiresAt: '2026-02-01T00:00:00Z', match: {objectSelector: {matchLabels: {team: a}}}}}";

describe('a case', () => {
  it.each<[name: string, members: string, expected: string]>([
    [
      'with no exception',
      "now: '2026-01-15T00:00:00Z'",
      '{verdict: deny, violations: [{validation: small}]}',
    ],
    [
      'with an exception as object',
      `now: '2026-01-15T00:00:00Z', exceptions: [${EXCEPTION}]`,
      '{verdict: allow}',
    ],
    [
      'at the instant at which it ends',
      `now: '2026-02-01T00:00:00Z', exceptions: [${EXCEPTION}]`,
      '{verdict: deny}',
    ],
    ['with an exception as fact', 'exceptions: [{policies: [{name: p}]}]', '{verdict: allow}'],
    [
      'with one that is not in force',
      'exceptions: [{policies: [{name: p}], inForce: false}]',
      '{verdict: deny}',
    ],
    [
      'at a gate with approvals as facts',
      'callSite: Promotion, exceptions: [{policies: [{name: p, validations: [small]}]}], approvals: [{approver: {username: ada}, action: Approve}]',
      '{verdict: allow}',
    ],
    [
      'at a gate with an approval as object, and an author',
      'callSite: Promotion, rollout: {changedBy: {username: bob}}, exceptions: [{policies: [{name: p, validations: [small]}]}], approvals: [{spec: {subject: {kind: RolloutRun, name: web-1, uid: u}, action: Approve, approver: {username: ada}}}]',
      '{verdict: allow}',
    ],
    [
      'at a gate with an approval of the author',
      'callSite: Promotion, rollout: {changedBy: {username: ada}}, exceptions: [{policies: [{name: p, validations: [small]}]}], approvals: [{spec: {subject: {kind: RolloutRun, name: web-1, uid: u}, action: Approve, approver: {username: ada}}}]',
      '{verdict: hold, violations: [{validation: approved}, {validation: small}]}',
    ],
    [
      'at a gate with a window as object',
      "callSite: Promotion, now: '2026-01-15T00:00:00Z', exceptions: [{policies: [{name: p}]}], windows: [{metadata: {name: w}, spec: {type: Deny, schedule: {from: '2026-01-14T00:00:00Z', to: '2026-01-16T00:00:00Z'}}}]",
      "{verdict: hold, nextOpen: '2026-01-16T00:00:00Z', violations: [{validation: approved}, {validation: small}, {validation: ''}]}",
    ],
    [
      'at a gate with a budget as object',
      'callSite: TrafficIncrease, exceptions: [{policies: [{name: p}]}], rollout: {toWeight: 40}, budgets: [{metadata: {name: b}, spec: {maxExposurePercent: 30}}]',
      '{verdict: hold}',
    ],
    [
      'at a gate with a budget that has room',
      'callSite: TrafficIncrease, exceptions: [{policies: [{name: p}]}], rollout: {toWeight: 40}, budgets: [{metadata: {name: b}, spec: {maxExposurePercent: 40}}]',
      '{verdict: allow}',
    ],
  ])('%s', (_name, members, expected) => {
    expect(differences(caseOf(members, expected))).toEqual([]);
  });

  it('cannot give objects where nobody evaluates them', () => {
    const text = caseOf(`exceptions: [${EXCEPTION}]`, '{verdict: allow}');
    expect(() => runPolicyTests(parseOne(text), () => parseAll(POLICY))).toThrow(
      'exceptions must be facts here',
    );
  });
});

function parseAll(text: string): readonly Json[] {
  return parseYamlDocuments(text).map(({ value }) => value);
}

function parseOne(text: string): Json {
  return parseAll(text)[0] ?? null;
}
