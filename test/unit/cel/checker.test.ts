import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { BOOL, STRING, typeText, type CelType } from '../../../src/cel/types.ts';

const environment = admissionEnvironment({
  hasParams: false,
  hasAuthorizer: true,
  hasPatchTypes: true,
  variables: { n: BOOL },
});

/** The static type, or the class and place of the first issue. */
function typeOf(source: string, result?: readonly CelType[]): string {
  const compiled = compile(source, environment, result === undefined ? {} : { result });
  if (compiled.ok) return typeText(compiled.program.type);
  const [issue] = compiled.issues;
  return `${compiled.errorClass} ${issue?.line ?? 0}:${issue?.column ?? 0}`;
}

describe('static types', () => {
  it.each([
    ['object.spec', 'dyn'],
    ['request.kind', 'kubernetes.GroupVersionKind'],
    ['request.userInfo.extra', 'map(string, list(string))'],
    ['namespaceObject.metadata.creationTimestamp', 'google.protobuf.Timestamp'],
    ['authorizer.requestResource', 'kubernetes.authorization.ResourceCheck'],
    ['variables.n', 'bool'],
    ['now', 'google.protobuf.Timestamp'],
    ['rollout.step', 'dyn'],
    ['[]', 'list(dyn)'],
    ['[1, 2].map(x, string(x))', 'list(string)'],
    ["{'a': 1}.transformList(k, v, v)", 'list(int)'],
    ["{'a': 1}.?a", 'optional_type(int)'],
    ['optional.of(1).optMap(x, string(x))', 'optional_type(string)'],
    ['type(1)', 'type(int)'],
    ['type(type)', 'type(type(type))'],
    ['true ? 1 : object.x', 'dyn'],
    ['1 + object.x', 'int'],
    ['object.x + object.y', 'dyn'],
    ["[JSONPatch{op: 'add', path: '/x', value: 1}]", 'list(JSONPatch)'],
    ['Object{spec: Object.spec{replicas: 3}}', 'Object'],
    ['[1].sortBy(e, -e)', 'list(int)'],
    ['[].map(x, x / x)', 'list(double)'],
    ['[].map(x, object.y - x)', 'list(double)'],
    ['[].map(x, x * x)', 'list(double)'],
    ['[].map(x, x % x)', 'list(int)'],
    ['[].map(x, x + x)', 'list(bytes)'],
  ])('%s is %s', (source, expected) => {
    expect(typeOf(source)).toBe(expected);
  });
});

describe('what does not compile', () => {
  it.each([
    ['nope', 'undeclared 1:1'],
    ['object.spec.nope()', 'undeclared 1:17'],
    ["1 + 'a'", 'no_overload 1:3'],
    ['request.nope', 'undefined_field 1:8'],
    ['variables.nope', 'undefined_field 1:10'],
    ['namespaceObject.metadata.uid', 'undefined_field 1:25'],
    ['1.x', 'other 1:2'],
    ['(1).x', 'other 1:4'],
    ["true && 'a'", 'type 1:9'],
    ["'a'.all(c, true)", 'type 1:1'],
    ['[1, 2.0]', 'type 1:5'],
    ["[object.x, 'a']", 'type 1:12'],
    ["{'a': 1, 'b': 'c'}", 'type 1:15'],
    ['JSONPatch{op: 1}', 'type 1:13'],
    ['JSONPatch{nope: 1}', 'undefined_field 1:15'],
    ['Nope{}', 'undeclared 1:5'],
    ["duration('1d')", 'literal 1:10'],
    ["timestamp('2026-01-01t00:00:00z')", 'literal 1:11'],
    ["'a'.matches('(')", 'literal 1:13'],
    ["'%d'.format(['a'])", 'literal 1:14'],
    ["'%s'.format([1, 2])", 'literal 1:12'],
    ["int('x') == 1 || true", 'const_fold 1:4'],
    ["object.x.find('(')", 'const_fold 1:14'],
    ["object[b'a']", 'const_fold 1:7'],
    ['sets.nope([1])', 'undeclared 1:1'],
  ])('%s: %s', (source, expected) => {
    expect(typeOf(source)).toBe(expected);
  });

  it('names the worst class when several things are wrong, and lists all of them', () => {
    const compiled = compile("nope + 1 + 'a'", environment);
    expect(compiled.ok ? [] : compiled.issues.map(({ errorClass }) => errorClass)).toEqual([
      'undeclared',
      'no_overload',
    ]);
    expect(compiled.ok ? '' : compiled.errorClass).toBe('undeclared');
  });

  it('mixes types in the arguments of format only', () => {
    expect(typeOf("'%d %s'.format([1, 'a'])")).toBe('string');
  });

  it('counts columns in code points and lines', () => {
    expect(typeOf("'😀' +\n  '😀' + nope")).toBe('undeclared 2:9');
  });
});

describe('the type of the result', () => {
  it('takes no dyn for a bool', () => {
    expect(typeOf('object.spec.skipAnalysis', [BOOL])).toBe('result_type 1:1');
    expect(typeOf('object.spec.skipAnalysis == true', [BOOL])).toBe('bool');
  });

  it('says what was wanted', () => {
    const compiled = compile('1', environment, { result: [STRING, BOOL] });
    expect(compiled.ok ? '' : compiled.message).toContain(
      'must evaluate to one of [string bool] but got int',
    );
  });
});

describe('versions', () => {
  it.each([
    ['object.x.includes(1)', { mode: 'new' } as const, 'undeclared'],
    ['object.x.includes(1)', { mode: 'stored' } as const, 'ok'],
    ["semver('1.0.0')", { version: '1.32' }, 'undeclared'],
    ["semver('1.0.0')", { version: '1.33' }, 'ok'],
    ['1 < 2.0', { version: '1.27' }, 'no_overload'],
    ['[1, 2.0].size() == 2', { version: '1.28' }, 'type'],
    ["[object.x, 'a'].size() == 2", { version: '1.28' }, 'ok'],
    ['[1].all(i, v, true)', { version: '1.31' }, 'other'],
  ])('%s with %o is %s', (source, options, expected) => {
    const older = admissionEnvironment({ hasParams: false, hasAuthorizer: true, ...options });
    const compiled = compile(source, older);
    const errorClass = compiled.ok ? 'ok' : compiled.errorClass;
    expect(errorClass).toBe(expected === 'other' ? errorClass : expected);
    if (expected === 'other') expect(compiled.ok).toBe(false);
  });

  it('declares what the options say', () => {
    const bare = admissionEnvironment({
      hasParams: false,
      hasAuthorizer: false,
      hasSluiceVariables: false,
    });
    for (const name of ['params', 'authorizer', 'variables', 'now', 'rollout', 'jsonpatch']) {
      expect(compile(name, bare).ok, name).toBe(false);
    }
  });
});
