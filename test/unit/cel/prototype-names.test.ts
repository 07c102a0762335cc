import { describe, expect, it } from 'vitest';
import { decodeReview } from '../../../src/admission/review-codec.ts';
import { answerLine } from '../../../src/cli/eval.ts';
import { compile } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { fromJson } from '../../../src/cel/from-json.ts';
import { stringifyLosslessJson, type Json } from '../../../src/lib/lossless-json.ts';

/** Whatever JavaScript's own objects answer to, and what its engine or Node ask of them. */
const NAMES = [
  ...new Set([
    ...[Object, Array, Map, Function, String, Number, BigInt, Promise].flatMap(({ prototype }) =>
      Object.getOwnPropertyNames(prototype),
    ),
    'then',
    'toJSON',
    'prototype',
    'inspect',
    'celKind',
    'typeName',
    'fields',
    'nanos',
    'value',
  ]),
].filter((name) => /^[A-Za-z_]\w*$/.test(name) && name !== 'in');

/** A name that nothing answers to: every expression must mean the same with another name in its place. */
const PLAIN = 'plain';

/** N stands for the name, as a field, and 'N' as a key. */
const EXPRESSIONS = [
  'object.m.N',
  "object.m['N']",
  'object.m.`N`',
  'has(object.m.N)',
  'has(object.none.N)',
  "'N' in object.m",
  "'N' in object.none",
  'object.none.N',
  'object.?m.?N',
  'object.none.?N',
  "object.none[?'N']",
  'object.none.?N.hasValue()',
  'object.?none.?N.?N.orValue(7)',
  'object.deep.N.N.N',
  'size(object.m)',
  "object.m == {'N': 1}",
  "{'N': 1} == object.m",
  'object.m == object.m',
  'object.m == object.none',
  'object.m.all(k, object.m[k] == 1)',
  "object.m.exists(k, v, k == 'N' && v == 1)",
  "object.m.exists_one(k, k == 'N')",
  'object.m.map(k, k)',
  "object.m.filter(k, k == 'N')",
  'object.m.transformMap(k, v, v + 1)',
  'object.m.transformList(k, v, k)',
  'object.m.transformMapEntry(k, v, {k: v, k + k: v})',
  "['N'].transformMapEntry(i, v, {v: i}).N",
  "{'N': 1}.N",
  "{'N': {'N': 1}}.N.N",
  "{?'N': object.?m.?N}.N",
  "{'a': 1, 'N': 2}.map(k, k)",
  "{'N': 1, 'N': 2}['N']",
  "has({'N': 1}.N)",
  "{'N': 1} == {'N': 1.0}",
  "{'a': 1}.N",
  "{'a': 1}.?N",
  '[1].map(N, N + 1)',
  "[object.m].map(N, N['N'])",
  "[{'N': 1}].distinct()",
  "sets.contains([object.m], [{'N': 1}])",
  '[object.m].indexOf(object.m)',
  "'%s'.format([{'N': 1}])",
  'object.metadata.labels.N',
  "object.metadata.labels['N'] == 'label'",
  'params.N',
  'has(params.N)',
  'params.N == object.m.N',
  'object.list[0].N',
  'object.list.map(e, e.N)',
  'object.list.all(e, has(e.N))',
  'oldObject == null',
  'N',
  'N.x',
  'N()',
  'object.N()',
  'object.m.N.N',
  'request.N',
  'type(object.m.N)',
  'optional.of(object.m).N',
  'variables.v.N',
  'variables.N',
  'has(variables.N)',
  "dyn(variables)['N']",
];

const inputsOf = (name: string): Readonly<Record<string, Json>> => {
  const named = (value: Json): Json => Object.fromEntries([[name, value]]);
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'thing', labels: named('label') },
      m: named(1),
      none: {},
      deep: named(named(named(3))),
      list: [named(1), named(2)],
    },
    params: named(1),
    variables: [
      { name: 'v', expression: 'object.m' },
      { name, expression: '1 + 1' },
    ],
  };
};

/** What an expression gives through the command line; costs of keys differ by their length. */
function answered(template: string, name: string): string {
  const line = { expression: template.replaceAll('N', name), ...inputsOf(name) };
  const { answer } = answerLine(stringifyLosslessJson(line), {});
  const members = Object.entries(answer ?? {}).filter(([key]) => key !== 'cost' && key !== 'error');
  return JSON.stringify(Object.fromEntries(members));
}

describe("members named as JavaScript's own", () => {
  const { functions, types, findStruct } = admissionEnvironment({
    hasParams: true,
    hasAuthorizer: true,
  });
  const fields = Object.keys(findStruct('kubernetes.AdmissionRequest')?.fields ?? {});
  /** What CEL itself knows by that name. */
  const isKnown = (template: string, name: string): boolean =>
    (template.includes('N()') && functions.has(name)) ||
    (/^N(?:\.x)?$/.test(template) && types.has(name)) ||
    (template === 'request.N' && fields.includes(name));

  it.each(EXPRESSIONS)('%s means the same for all', (template) => {
    const wanted = answered(template, PLAIN);
    expect(wanted).not.toContain('internal');
    for (const name of NAMES) {
      if (isKnown(template, name)) continue;
      expect(answered(template, name), name).toBe(wanted.replaceAll(PLAIN, name));
    }
  });

  it.each(NAMES)('%s comes through a review', (name) => {
    const body = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","operation":"CREATE","kind":{"group":"","version":"v1","kind":"Thing"},"resource":{"group":"","version":"v1","resource":"things"},"userInfo":{"username":"u","extra":{"${name}":["x"]}},"name":"n","object":{"first":1,"${name}":{"${name}":1},"last":2}}}`;
    const { object } = decodeReview(body);
    const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: false });
    const compiled = compile(
      `object.map(k, k) + [string(object.\`${name}\`.\`${name}\`)]`,
      environment,
    );
    if (!compiled.ok) throw new Error(compiled.message);
    const outcome = compiled.program.evaluate({
      values: { object: fromJson(object) },
      context: { authorize: () => undefined },
    });
    expect(outcome).toMatchObject({ ok: true, value: [...['first', name, 'last'].sort(), '1'] });
  });
});

describe("mutations of members named as JavaScript's own", () => {
  const mutated = (mutation: string, name: string): unknown => {
    const object = {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'thing', labels: {} },
      spec: { a: 1 },
    };
    const { answer } = answerLine(
      JSON.stringify({ kind: 'mutation', expression: mutation.replaceAll('@', name), object }),
      {},
    );
    return (answer as { object?: unknown }).object;
  };

  it.each(NAMES)('%s is written, read, moved and removed', (name) => {
    const add = "JSONPatch{op: 'add', path: '/metadata/labels/@', value: 'x'}";
    const labels = (value: unknown): unknown =>
      (value as { metadata: { labels: unknown } } | undefined)?.metadata.labels;
    const named = Object.fromEntries([[name, 'x']]);
    expect(labels(mutated(`[${add}]`, name))).toEqual(named);
    expect(Object.keys(labels(mutated(`[${add}]`, name)) as object)).toEqual([name]);
    const spec = mutated(
      "[JSONPatch{op: 'add', path: '/spec', value: {'@': {'@': 'y'}, 'b': {'c': 'z'}}}]",
      name,
    );
    expect(JSON.stringify((spec as { spec?: unknown } | undefined)?.spec)).toBe(
      `{"${name}":{"${name}":"y"},"b":{"c":"z"}}`,
    );
    const moved = `[${add}, JSONPatch{op: 'move', from: '/metadata/labels/@', path: '/spec/@'}, JSONPatch{op: 'test', path: '/spec/@', value: 'x'}]`;
    expect(JSON.stringify((mutated(moved, name) as { spec?: unknown }).spec)).toBe(
      `{"a":1,"${name}":"x"}`,
    );
    expect(mutated("[JSONPatch{op: 'remove', path: '/metadata/labels/@'}]", name)).toBeUndefined();
    expect(mutated("[JSONPatch{op: 'add', path: '/spec/@/@', value: 1}]", name)).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});
