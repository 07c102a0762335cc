import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { evaluateMutationCase, evaluatePolicyCase } from '../../../src/policy/evaluate-case.ts';
import { canary, namespace } from './support.ts';

const rules = {
  resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*'] }],
};
const vap = (spec: Record<string, Json>): Json => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p' },
  spec: { matchConstraints: rules, ...spec },
});
const line = (spec: Record<string, Json>, more: Record<string, Json> = {}) => ({
  object: canary as Json,
  namespaceObject: namespace as Json,
  policy: vap(spec),
  ...more,
});
const denied = (message: string): string =>
  `canaries.flagger.app "checkout" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${message}`;

describe('a ValidatingAdmissionPolicy', () => {
  const cases: [string, Record<string, Json>, object][] = [
    ['that holds', { validations: [{ expression: 'true' }] }, { allowed: true }],
    [
      'that does not',
      { validations: [{ expression: 'false' }, { expression: '1 > 2' }] },
      { allowed: false, code: 422, reason: 'Invalid', message: denied('failed expression: false') },
    ],
    [
      'with a reason',
      { validations: [{ expression: 'false', reason: 'Forbidden', message: 'm' }] },
      { code: 403, reason: 'Forbidden', message: denied('m') },
    ],
    [
      'that errs',
      { validations: [{ expression: 'object.spec.nope > 1' }] },
      {
        allowed: false,
        message: denied("expression 'object.spec.nope > 1' resulted in error: no such key: nope"),
      },
    ],
    [
      'that errs and ignores it',
      { failurePolicy: 'Ignore', validations: [{ expression: 'object.spec.nope > 1' }] },
      { allowed: true },
    ],
    [
      'that does not compile',
      { validations: [{ expression: '1 + "a" == 2' }] },
      {
        allowed: false,
        message: denied(
          `compilation error: compilation failed: ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + "a" == 2\n | ..^`,
        ),
      },
    ],
    [
      'that does not know now',
      { validations: [{ expression: 'now == 1' }] },
      { allowed: false, createErrors: [expect.stringContaining("undeclared reference to 'now'")] },
    ],
    [
      'whose selector cannot be read',
      {
        matchConstraints: {
          ...rules,
          namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
        },
        validations: [{ expression: 'true' }],
      },
      {
        allowed: false,
        message: expect.stringContaining(
          "ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: ",
        ) as string,
      },
    ],
    [
      'that records',
      {
        validations: [{ expression: 'true' }],
        auditAnnotations: [{ key: 'k', valueExpression: '"v"' }],
      },
      { allowed: true, audit: { 'p/k': 'v' } },
    ],
  ];
  it.each(cases)('%s', (_name, spec, want) => {
    expect(evaluatePolicyCase(line(spec))).toMatchObject(want);
  });

  it('warns and audits as its bindings say', () => {
    const bindings = [
      { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Warn', 'Audit'] } },
    ];
    const answer = evaluatePolicyCase(
      line({ validations: [{ expression: 'false', message: 'm' }] }, { bindings }),
    );
    expect(answer.allowed).toBe(true);
    expect(answer.warnings).toEqual([
      "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': m",
    ]);
    expect(answer.audit).toHaveProperty(['validation.policy.admission.k8s.io/validation_failure']);
  });

  it('in a namespace that is not there is refused', () => {
    expect(
      evaluatePolicyCase(
        line({ validations: [{ expression: 'true' }] }, { namespaceObject: null }),
      ),
    ).toMatchObject({
      allowed: false,
      code: 404,
      message: 'namespaces "shop" not found',
    });
  });

  it('that is no object is an input error', () => {
    expect(() => evaluatePolicyCase({ object: canary, policy: 3 })).toThrow(
      expect.objectContaining({ code: 'SLUICE_INPUT' }),
    );
    expect(() => evaluatePolicyCase({ object: '{', policy: vap({}) })).toThrow(
      expect.objectContaining({ code: 'SLUICE_INPUT' }),
    );
  });
});

describe('a mutation', () => {
  const mutate = (expression: string) =>
    evaluateMutationCase({
      object:
        '{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a"},"spec":{"list":[1,2],"d":3.0}}',
      expression,
    });
  const cases: [string, string, object][] = [
    [
      'add',
      '[JSONPatch{op: "add", path: "/spec/x", value: 1}]',
      { allowed: true, changed: true, object: { spec: { list: [1, 2], d: 3, x: 1 } } },
    ],
    [
      'nothing new',
      '[JSONPatch{op: "replace", path: "/spec/list/0", value: 1}]',
      { allowed: true, changed: false },
    ],
    [
      'replace of a missing member',
      '[JSONPatch{op: "replace", path: "/spec/x", value: 1}]',
      { changed: true, object: { spec: { x: 1 } } },
    ],
    [
      'remove from the end',
      '[JSONPatch{op: "remove", path: "/spec/list/-1"}]',
      { object: { spec: { list: [1] } } },
    ],
    [
      'remove of a missing member',
      '[JSONPatch{op: "remove", path: "/spec/nope"}]',
      { allowed: false },
    ],
    [
      'a test that fails',
      '[JSONPatch{op: "test", path: "/spec/d", value: 4}, JSONPatch{op: "add", path: "/spec/x", value: 1}]',
      { allowed: true, changed: false },
    ],
    [
      'an escaped key',
      '[JSONPatch{op: "add", path: "/spec/" + jsonpatch.escapeKey("a/b"), value: {"c": 5u}}]',
      { object: { spec: { 'a/b': { c: 5 } } } },
    ],
    ['no patch', '[1]', { allowed: false }],
  ];
  it.each(cases)('%s', (_name, expression, want) => {
    expect(mutate(expression)).toMatchObject(want);
  });

  it('without an object is an input error', () => {
    expect(() => evaluateMutationCase({ expression: '[]' })).toThrow(
      expect.objectContaining({ code: 'SLUICE_INPUT' }),
    );
  });
});
