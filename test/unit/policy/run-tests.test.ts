import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { runPolicyTests } from '../../../src/policy/run-tests.ts';

const POLICY = `
apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: p}
spec:
  evaluateAt: [Admission, Promotion]
  validations:
    - name: small
      expression: 'object.spec.replicas <= (params == null ? 3 : params.max)'
      messageExpression: "'too many: ' + string(object.spec.replicas)"
    - expression: authorizer.path('/x').check('get').allowed() || object.spec.replicas < 9
`;
const parse = (text: string): readonly Json[] => parseYamlDocuments(text).map(({ value }) => value);
const files: Record<string, string> = {
  'policy.yaml': POLICY,
  'object.yaml': 'apiVersion: v1\nkind: Thing\nmetadata: {name: a}\nspec: {replicas: 2}\n',
};
const read = (path: string): readonly Json[] => parse(files[path] ?? '');
const runAll = (text: string) => runPolicyTests(parse(text)[0] ?? null, read).results;
const object = '{apiVersion: v1, kind: Thing, metadata: {name: a}, spec: {replicas: 5}}';

describe('a case', () => {
  const good: [string, string][] = [
    [
      'by name',
      `{name: t, object: ${object}, expect: {verdict: deny, violations: [{validation: small, message: 'too many: 5'}]}}`,
    ],
    [
      'by index',
      `{name: t, object: ${object}, expect: {verdict: deny, violations: [{validation: 0, policy: p}]}}`,
    ],
    ['from a file', '{name: t, objectFile: object.yaml, expect: {verdict: allow, violations: []}}'],
    ['with parameters', `{name: t, object: ${object}, params: {max: 5}, expect: {verdict: allow}}`],
    ['at a gate', `{name: t, callSite: Promotion, object: ${object}, expect: {verdict: hold}}`],
    [
      'with a window',
      `{name: t, callSite: Promotion, objectFile: object.yaml, windows: [{namespace: n, name: w, open: false, reason: r, nextOpen: '2026-01-02T00:00:00Z'}], expect: {verdict: hold, nextOpen: '2026-01-02T00:00:00Z', violations: [{validation: '', policy: ChangeWindow/n/w}]}}`,
    ],
    [
      'with an authorizer',
      '{name: t, params: {max: 99}, object: {apiVersion: v1, kind: Thing, metadata: {name: a}, spec: {replicas: 50}}, authorizer: {rules: [{path: /x, decision: allow}]}, expect: {verdict: allow}}',
    ],
    [
      'without an authorizer',
      '{name: t, params: {max: 99}, object: {apiVersion: v1, kind: Thing, metadata: {name: a}, spec: {replicas: 50}}, expect: {verdict: error, violations: [{validation: 1}]}}',
    ],
  ];
  it.each(good)('%s holds', (_name, text) => {
    expect(runAll(`tests: [${text}]`)).toMatchObject([{ ok: true, differences: [] }]);
  });

  const wrong: [string, string, string][] = [
    ['another verdict', `{verdict: allow}`, 'verdict: expected allow, got deny'],
    [
      'another number of violations',
      `{verdict: deny, violations: []}`,
      'violations: expected none, got 1 (p/small)',
    ],
    [
      'another validation',
      `{verdict: deny, violations: [{validation: large}]}`,
      'violations[0].validation: expected large, got small',
    ],
    [
      'another message',
      `{verdict: deny, violations: [{validation: small, message: m}]}`,
      'violations[0].message: expected m, got too many: 5',
    ],
    ['a patch', `{verdict: deny, patch: [{op: remove, path: /a}]}`, 'patch: expected'],
    ['a warning', `{verdict: deny, warnings: [w]}`, 'warnings: expected ["w"], got []'],
    [
      'an opening',
      `{verdict: deny, nextOpen: '2026-01-01T00:00:00Z'}`,
      'nextOpen: expected 2026-01-01T00:00:00Z, got none',
    ],
  ];
  it.each(wrong)('that expects %s fails', (_name, expected, difference) => {
    const [result] = runAll(`tests: [{name: t, object: ${object}, expect: ${expected}}]`);
    expect(result?.ok).toBe(false);
    expect(result?.differences[0]).toContain(difference);
  });
});

describe('a malformed file', () => {
  const cases: [string, string, string][] = [
    ['a list', '[]', 'the file must be a mapping'],
    ['an unknown key', 'test: []', 'the file has an unknown key test; known: policies, tests'],
    ['no tests', 'policies: [policy.yaml]', 'tests must be a list'],
    [
      'an unknown key of a case',
      `tests: [{name: t, objekt: 1, expect: {verdict: allow}}]`,
      'tests[0] has an unknown key objekt',
    ],
    [
      'an unknown key of expect',
      `tests: [{name: t, object: ${object}, expect: {verdict: allow, violation: []}}]`,
      'tests[0].expect has an unknown key violation',
    ],
    [
      'an unknown verdict',
      `tests: [{name: t, object: ${object}, expect: {verdict: pass}}]`,
      'known: allow, warn, hold, deny, error',
    ],
    [
      'an unknown moment',
      `tests: [{name: t, callSite: Start, object: ${object}, expect: {verdict: allow}}]`,
      'known: Admission, Scan',
    ],
    [
      'no object',
      `tests: [{name: t, expect: {verdict: allow}}]`,
      'needs either object or objectFile',
    ],
    [
      'no expectation',
      `tests: [{name: t, object: ${object}}]`,
      'tests[0].expect must be a mapping',
    ],
    [
      'a violation without validation',
      `tests: [{name: t, object: ${object}, expect: {verdict: deny, violations: [{message: m}]}}]`,
      'must be a name or an index',
    ],
  ];
  it.each(cases)('%s', (_name, text, message) => {
    expect(() => runAll(text)).toThrow(
      expect.objectContaining({
        code: 'SLUICE_INPUT',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('a policy that does not compile', () => {
    const broken = (): readonly Json[] =>
      parse(POLICY.replace('object.spec.replicas <=', 'objekt <='));
    const tests = parse(`tests: []`)[0] ?? null;
    expect(() => runPolicyTests(tests, broken)).toThrow(
      expect.objectContaining({ code: 'SLUICE_POLICY_COMPILE' }),
    );
  });
});
