import { describe, expect, it } from 'vitest';
import { answerLine } from '../../../src/cli/eval.ts';
import { stringifyLosslessJson, type Json } from '../../../src/lib/lossless-json.ts';

/** Where Kubernetes 1.37 answers otherwise than one expects, each measured with its own code. */
interface Answer {
  readonly ok: boolean;
  readonly value?: { readonly t: string; readonly v: Json };
  readonly type?: string;
  readonly class?: string;
  readonly kind?: string;
  readonly cost?: number;
}

const BASE: Readonly<Record<string, Json>> = {
  object: {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'thing' },
    spec: { skip: true, x: 1, none: null, 'dash-key': 1, if: 2, namespace: 3, list: [3, 1, 2] },
  },
  namespaceObject: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'shop',
      uid: 'u',
      labels: { env: 'prod' },
      creationTimestamp: '2025-01-01T00:00:00Z',
    },
  },
  request: { operation: 'CREATE', userInfo: { username: 'alice' } },
  authorizer: { default: 'allow', rules: [] },
  params: null,
};

function answer(expression: string, more: Readonly<Record<string, Json>> = {}): Answer {
  const line = stringifyLosslessJson({ ...BASE, ...more, expression });
  return answerLine(line, {}).answer as unknown as Answer;
}

/** The value as text, or `!class` for an error. */
function text(expression: string, more: Readonly<Record<string, Json>> = {}): string {
  const { ok, value, class: errorClass } = answer(expression, more);
  if (!ok) return `!${errorClass ?? ''}`;
  return `${value?.t ?? ''} ${JSON.stringify(value?.v)}`;
}

describe('expressions', () => {
  it.each([
    // Only `timestamp(dyn(…))` reads the time of a namespace, which is declared as what it is not.
    [
      "namespaceObject.metadata.creationTimestamp < timestamp('2026-01-01T00:00:00Z')",
      '!no_such_overload',
    ],
    ['timestamp(namespaceObject.metadata.creationTimestamp) == timestamp(0)', '!no_such_overload'],
    ['string(namespaceObject.metadata.creationTimestamp)', '!no_such_overload'],
    ['timestamp(dyn(namespaceObject.metadata.creationTimestamp)) > timestamp(0)', 'bool true'],
    ['namespaceObject.metadata.UID', '!no_such_key'],
    ['namespaceObject.metadata.uid', '!undefined_field'],
    ["quantity('1').sign()", '!no_overload'],
    ["sign(quantity('1'))", 'int "1"'],
    ["'%e'.format([1.0])", 'string "1.000000×10⁰⁰"'],
    ["'%f'.format([1.0 / 0.0])", 'string "∞"'],
    ["'%s'.format([[2.71]])", 'string "[2.710000]"'],
    ["'%s'.format([{'a': 1}])", 'string "{\\"a\\":1}"'],
    ["'%s'.format([1e20])", 'string "1e+20"'],
    ["'%d'.format(['x'])", '!literal'],
    ['string(1e20)', 'string "1e+20"'],
    ['string(100000000.0)', 'string "1e+08"'],
    ['string(0.000001)', 'string "1e-06"'],
    ["int('x') == 1 || true", '!const_fold'],
    ['1 / 0 == 1 || true', 'bool true'],
    ['[1, 2.0]', '!type'],
    ["[object.spec.x, 'a']", '!type'],
    ["['a', object.spec.x]", '!type'],
    ["{'a': 1, 'a': 2}['a']", 'int "2"'],
    // Kubernetes' own code breaks off here; a clean answer is given.
    ['[?object.spec.list[?0], 1]', '!type'],
    ["{?'k': object.spec.list[?9]}", 'map []'],
    ['[?object.?spec, object.metadata] != []', 'bool true'],
    ["image('x')", '!undeclared'],
    ["isImage('x')", '!undeclared'],
    ["'a'.reverse()", '!no_overload'],
    ['math.greatest(1, 2)', '!undeclared'],
    ['cel.bind(x, 1, x)', '!undeclared'],
    ["base64.encode(b'a')", '!undeclared'],
    ["regex.replace('a', 'b', 'c')", '!undeclared'],
    ['object.spec.`dash-key`', 'int "1"'],
    ['has(object.spec.`a/b`)', 'bool false'],
    ['object.spec.namespace', 'int "3"'],
    ['object.spec.if', 'int "2"'],
    ['object.spec.in', '!syntax'],
    ['request.nope', '!undefined_field'],
    ['request.namespace', '!no_such_key'],
    ['has(request.namespace)', 'bool false'],
    ['has(request.dryRun)', 'bool true'],
    ['has(request.options)', 'bool true'],
    ['request.options == null', 'bool true'],
    ['lists.range(1000001)', '!other'],
    ["timestamp(0).getHours('+5:30')", 'int "5"'],
    ["duration('1d')", '!literal'],
    ["timestamp('2026-01-01t00:00:00z')", '!literal'],
    ['has(object.spec.none.c)', 'bool false'],
    ['object.spec.none.c', '!no_such_key'],
    ['object.?spec.?none.hasValue()', 'bool true'],
    ["bool('t')", 'bool true'],
    ["bool('yes')", '!const_fold'],
    ["isURL('mailto:a@b')", 'bool true'],
    ['dyn([]).sum()', 'int "0"'],
    ['dyn([]).min()', '!other'],
    ["authorizer.path('/x').check('get').allowed()", 'bool true'],
  ])('%s is %s', (expression, wanted) => {
    expect(text(expression)).toBe(wanted);
  });

  it.each([
    ['object.spec.skip', 'validation', '!result_type'],
    ['!object.spec.skip', 'validation', 'bool false'],
    ['object.spec.skip == true', 'validation', 'bool true'],
    ['object.spec.skip || false', 'validation', 'bool true'],
    ['object.metadata.name', 'message', '!result_type'],
    ['object.metadata.name', 'audit', '!result_type'],
    ["'' + object.metadata.name", 'message', 'string "thing"'],
    ["authorizer.path('/x').check('get').allowed() ? 'a' : 'b'", 'message', '!undeclared'],
    ["authorizer.path('/x').check('get').allowed() ? 'a' : 'b'", 'audit', '!other'],
    ['namespaceObject == null', 'matchCondition', 'bool true'],
    ["namespaceObject.metadata.name == 'shop'", 'matchCondition', '!no_such_key'],
    ['[]', 'patch', '!result_type'],
    ["true ? [] : [JSONPatch{op: 'remove', path: '/a'}]", 'patch', 'list []'],
  ])('%s as %s is %s', (expression, as, wanted) => {
    expect(text(expression, { as })).toBe(wanted);
  });

  it('new ones may use what there was a version earlier, stored ones all', () => {
    expect(text('[1].includes(1)', { envMode: 'new' })).toBe('!undeclared');
    expect(text('[1].includes(1)')).toBe('bool true');
  });

  it('whole numbers that were written with a point stay doubles', () => {
    expect(text('object.x', { object: '{"x": 3.0}' })).toBe('double "3"');
    expect(text('type(object.x) == double', { object: '{"x": 3.0}' })).toBe('bool true');
  });
});

describe('cost', () => {
  it.each([
    ["string(1e20) == ''", 0, 1],
    ["authorizer.path('/x').check('get').allowed()", 350_000, 350_010],
    ['object.spec.none.c == 1 || true', 1, 10],
  ])('of %s lies between %d and %d', (expression, least, most) => {
    const { cost } = answer(expression);
    expect(cost).toBeGreaterThanOrEqual(least);
    expect(cost).toBeLessThanOrEqual(most);
  });

  it('of a third question to the authorizer is too much', () => {
    const three = Array.from(
      { length: 3 },
      () => "authorizer.path('/x').check('get').allowed()",
    ).join(' && ');
    expect(answer(three)).toMatchObject({ ok: false, kind: 'cost' });
  });

  it('of a variable counts once, even through has()', () => {
    const variables = [{ name: 'v', expression: 'object.spec.list.map(x, x)' }];
    const once = answer('has(variables.v)', { variables }).cost ?? 0;
    const twice = answer('has(variables.v) && has(variables.v)', { variables }).cost ?? 0;
    expect(once).toBeGreaterThan(10);
    expect(twice - once).toBeLessThan(5);
  });
});

describe('values of mutations', () => {
  const mutated = (value: string): string => {
    const expression = `[JSONPatch{op: 'add', path: '/spec/new', value: ${value}}]`;
    const line = stringifyLosslessJson({ ...BASE, kind: 'mutation', expression });
    const { object } = answerLine(line, {}).answer as { object?: { spec: { new: Json } } };
    return object === undefined ? '!' : stringifyLosslessJson(object.spec.new);
  };

  it.each([
    ['9007199254740993', '"9007199254740993"'],
    ['50.0', '50'],
    ['5u', '5'],
    ["duration('90s')", '"90s"'],
    ["b'ab'", '"YWI="'],
    ['optional.of(1)', '1'],
    ["quantity('1')", '!'],
    ['int', '!'],
    ['{1: 2}', '!'],
    ['0.0 / 0.0', '!'],
    ['request.userInfo', '!'],
    ['namespaceObject.metadata.labels', '!'],
    ['request.userInfo.username', '"alice"'],
  ])('%s is written as %s', (value, wanted) => {
    expect(mutated(value)).toBe(wanted);
  });
});
