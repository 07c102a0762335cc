import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { fromJson, fromTypedJson } from '../../../src/cel/from-json.ts';
import { toTagged } from '../../../src/cel/tagged.ts';
import { NotJson, toJson } from '../../../src/cel/to-json.ts';
import { parseLosslessJson, stringifyLosslessJson } from '../../../src/lib/lossless-json.ts';

const environment = admissionEnvironment({
  hasParams: false,
  hasAuthorizer: false,
  hasPatchTypes: true,
});

function evaluate(source: string, object: string, isTyped = false) {
  const compiled = compile(source, environment);
  if (!compiled.ok) throw new Error(compiled.message);
  const json = parseLosslessJson(object);
  const value = isTyped ? fromTypedJson(json) : fromJson(json);
  return compiled.program.evaluate({
    values: { object: value },
    context: { authorize: () => undefined },
  });
}

function valueOf(source: string, object: string): unknown {
  const outcome = evaluate(source, object);
  return outcome.ok ? toTagged(outcome.value).v : outcome.errorClass;
}

describe('keys that JavaScript objects have of themselves', () => {
  const weird =
    '{"metadata": {"annotations": {"constructor": "c", "__proto__": "p", "toString": "t"}}}';

  it.each([
    ['object.metadata.annotations.constructor', 'c'],
    ["object.metadata.annotations['__proto__']", 'p'],
    ["object.metadata.annotations.?constructor.orValue('none')", 'c'],
    ['has(object.metadata.annotations.toString)', true],
    ['size(object.metadata.annotations)', '3'],
    [
      "object.metadata.annotations.all(k, v, v.startsWith(k.substring(0, 1)) || k == '__proto__')",
      true,
    ],
    ['object.metadata.annotations == object.metadata.annotations', true],
  ])('%s', (source, expected) => {
    expect(valueOf(source, weird)).toEqual(expected);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    'finds no %s where there is none',
    (key) => {
      expect(valueOf(`object.${key}`, '{}')).toBe('no_such_key');
      expect(valueOf(`has(object.${key})`, '{}')).toBe(false);
      expect(valueOf(`object.?spec.?${key}.hasValue()`, '{"spec": {"constructor2": 1}}')).toBe(
        false,
      );
      expect(valueOf(`'${key}' in object`, '{}')).toBe(false);
    },
  );

  it('reads through an object with such a key', () => {
    const object = '{"constructor": {"x": 1}, "spec": {"x": true}}';
    expect(valueOf('object.?spec.?x.orValue(false)', object)).toBe(true);
  });
});

describe('numbers of JSON', () => {
  it.each([
    ['type(object.n) == int', '{"n": 3}', true],
    ['type(object.n) == double', '{"n": 3.0}', true],
    ['type(object.n) == double', '{"n": 1e3}', true],
    ['string(object.n)', '{"n": 9007199254740993}', '9007199254740993'],
    ['object.n + 1 == 9007199254740994', '{"n": 9007199254740993}', true],
    ['object.l[1] == 2.5', '{"l": [1, 2.5]}', true],
    ['object.n == null', '{"n": null}', true],
    ['string(object.n)', '{"n": 100000}', '100000'],
  ])('%s of %s', (source, object, expected) => {
    expect(valueOf(source, object)).toEqual(expected);
  });
});

describe('maps that the API server holds in Go types', () => {
  it.each([
    ['object.a[1]', 'key_type'],
    ['1 in object.a', 'key_type'],
    ['object.a.b', 'x'],
    ["'b' in object.a", true],
  ])('%s', (source, expected) => {
    const outcome = evaluate(source, '{"a": {"b": "x"}}', true);
    expect(outcome.ok ? outcome.value : outcome.errorClass).toBe(expected);
  });
});

describe('values as parts of a patch', () => {
  it.each([
    ['[1u, 2u]', '[1,2]'],
    ['9007199254740993', '"9007199254740993"'],
    ['50.0', '50'],
    ['-0.0', '0'],
    ['1e17', '100000000000000000'],
    ['1e300', '1e+300'],
    ['0.5', '0.5'],
    ["duration('90s')", '"90s"'],
    ["timestamp('2026-01-01T00:00:00Z')", '"2026-01-01T00:00:00Z"'],
    ["b'abc'", '"YWJj"'],
    ['optional.of(true)', 'true'],
    ["{'__proto__': 'x'}", '{"__proto__":"x"}'],
    ['object', '{"a":{"b":null}}'],
    ['Object{spec: Object.spec{list: [Object.spec.list{x: 1}]}}', '{"spec":{"list":[{"x":1}]}}'],
  ])('%s is %s', (source, expected) => {
    const outcome = evaluate(source, '{"a": {"b": null}}');
    if (!outcome.ok) throw new Error(outcome.message);
    expect(stringifyLosslessJson(toJson(outcome.value))).toBe(expected);
  });

  it.each([
    "quantity('1')",
    'type(1)',
    "{1: 'a'}",
    "double('NaN')",
    'optional.none()',
    'Object{spec: Object.spek{x: 1}}',
  ])('%s is none', (source) => {
    const outcome = evaluate(source, '{}');
    if (!outcome.ok) throw new Error(outcome.message);
    expect(() => toJson(outcome.value)).toThrow(NotJson);
  });

  it('takes no map in Go types', () => {
    expect(() => toJson(fromTypedJson({ a: 'b' }))).toThrow(NotJson);
  });
});

describe('literals with fields', () => {
  it.each([
    ["JSONPatch{op: 'add', path: '/x'}.op", 'add'],
    ["JSONPatch{op: 'add'}.path", ''],
    ["has(JSONPatch{op: 'add'}.value)", false],
    ["JSONPatch{op: 'a'} == JSONPatch{op: 'a'}", true],
    ["JSONPatch{op: 'a', value: 1} == JSONPatch{op: 'a', value: 2}", false],
    ['JSONPatch{?op: optional.none()} == JSONPatch{}', true],
    ["jsonpatch.escapeKey('a/b~c')", 'a~1b~0c'],
  ])('%s', (source, expected) => {
    expect(valueOf(source, '{}')).toBe(expected);
  });
});
