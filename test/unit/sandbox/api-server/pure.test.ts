import { describe, expect, test } from 'vitest';
import { humanDuration } from '../../../../src/sandbox/api-server/human-duration.ts';
import { compileJsonPath } from '../../../../src/sandbox/api-server/json-path.ts';
import { parseLabelQuery } from '../../../../src/sandbox/api-server/label-query.ts';
import { applyMergePatch } from '../../../../src/sandbox/api-server/merge-patch.ts';
import { nameProblems } from '../../../../src/sandbox/api-server/names.ts';
import { negotiateForm } from '../../../../src/sandbox/api-server/negotiate.ts';
import { parseRequestPath } from '../../../../src/sandbox/api-server/request-path.ts';
import { structuralProblems } from '../../../../src/sandbox/api-server/schema/structural.ts';
import { decodeProtobuf } from '../../../../src/sandbox/api-server/protobuf/decode.ts';
import { readFields } from '../../../../src/sandbox/api-server/protobuf/wire.ts';
import { applyStrategicMerge } from '../../../../src/sandbox/api-server/strategic-merge.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-5 * SECOND, '<invalid>'],
  [0, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [2 * MINUTE + 5 * SECOND, '2m5s'],
  [10 * MINUTE + 5 * SECOND, '10m'],
  [3 * HOUR + 20 * MINUTE, '3h20m'],
  [9 * HOUR + 20 * MINUTE, '9h'],
  [3 * DAY + 4 * HOUR, '3d4h'],
  [30 * DAY, '30d'],
  [3 * 365 * DAY + 2 * DAY, '3y2d'],
  [9 * 365 * DAY, '9y'],
])('an age of %d ms is %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

describe('JSONPath of printer columns', () => {
  const object = {
    metadata: { annotations: { 'a.b/c': 'x' } },
    status: {
      conditions: [
        { type: 'A', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
      steps: [{ w: 1 }, { w: 2 }],
    },
  };
  test.each([
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='A')].status", ['False']],
    ['.status.steps[1].w', [2]],
    ['.status.steps[-1].w', [2]],
    ['.status.steps[*].w', [1, 2]],
    [".metadata.annotations['a.b/c']", ['x']],
    ['.status.nothing.at.all', []],
    ['.metadata.constructor', []],
  ])('%s', (path, found) => {
    expect(compileJsonPath(path)?.(object)).toEqual(found);
  });

  test('a form that is not understood gives nothing to evaluate', () => {
    expect(compileJsonPath('.a[1:2]')).toBeUndefined();
  });
});

describe('label selectors', () => {
  const labels = { a: 'b', 'example.com/tier': 'web', empty: '' };
  test.each([
    ['', true],
    ['a=b', true],
    ['a==b,example.com/tier in (web, db)', true],
    ['a!=b', false],
    ['missing!=x', true],
    ['missing notin (x)', true],
    ['missing in (x)', false],
    ['empty=', true],
    ['!missing,a', true],
    ['a,!a', false],
  ])('%s', (selector, matches) => {
    expect(parseLabelQuery(selector)(labels)).toBe(matches);
  });

  test.each(['=b', 'a in b', 'a b', 'a=b=c'])('%s is refused', (selector) => {
    expect(() => parseLabelQuery(selector)).toThrow(/unable to parse requirement/);
  });
});

test.each([
  ['/api/v1/pods?watch=true', { group: '', version: 'v1', plural: 'pods' }],
  ['/api/v1/namespaces/a', { plural: 'namespaces', name: 'a' }],
  ['/api/v1/namespaces/a/status', { plural: 'namespaces', name: 'a', subresource: 'status' }],
  ['/api/v1/namespaces/a/pods/b/log', { namespace: 'a', plural: 'pods', name: 'b' }],
  ['/apis/apps/v1/namespaces/a/deployments', { group: 'apps', namespace: 'a' }],
  ['/apis/flagger.app/v1beta1/canaries', { group: 'flagger.app', plural: 'canaries' }],
])('the path %s', (path, target) => {
  expect(parseRequestPath(path).target).toMatchObject({ type: 'resource', ...target });
});

describe('protobuf', () => {
  test.each([
    [[0x0a, 0x05, 0x61], 'the message ends within a field'],
    [[0x08, 0xff], 'the message ends within a number'],
    [[0x08, ...Array.from({ length: 11 }, () => 0xff)], 'a number that is too long'],
    [[0x0d, 0x00], 'unknown wire type'],
  ])('%j is refused', (bytes, text) => {
    expect(() => readFields(new Uint8Array(bytes))).toThrow(text);
  });

  test('numbers, texts and nested fields are read', () => {
    expect(readFields(new Uint8Array([0x08, 0x96, 0x01, 0x12, 0x02, 0x68, 0x69]))).toEqual([
      { number: 1, value: 150n },
      { number: 2, value: new Uint8Array([0x68, 0x69]) },
    ]);
  });

  test('a body that is none, or of a kind that is not read, is refused', () => {
    expect(() => decodeProtobuf('{}')).toThrow('not in the protobuf form');
    const envelope = '\n\x0b\n\x02v1\x12\x05Thing';
    expect(() => decodeProtobuf(`k8s\0${envelope}`)).toThrow('does not read the kind Thing');
  });
});

test.each([
  [undefined, 'object'],
  ['*/*', 'object'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'table'],
  ['application/json;as=Other;v=v1;g=meta.k8s.io,application/json', 'object'],
  ['application/vnd.kubernetes.protobuf,application/json', 'object'],
  ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'metadata'],
])('Accept %s is answered as %s', (accept, form) => {
  expect(negotiateForm(accept)).toBe(form);
});

test('an Accept that cannot be met is refused', () => {
  expect(() => negotiateForm('application/vnd.kubernetes.protobuf')).toThrow(
    'only the following media types are accepted: application/json',
  );
});

test.each([
  ['good-name', 'subdomain', 0],
  ['good.name', 'subdomain', 0],
  ['good.name', 'label', 1],
  ['Bad', 'subdomain', 1],
  ['a'.repeat(64), 'label', 1],
  ['system:admin', 'path', 0],
  ['a/b', 'path', 1],
] as const)('the name %s as %s has %d problems', (name, form, count) => {
  expect(nameProblems(name, form, 'metadata.name')).toHaveLength(count);
});

describe('merge patches', () => {
  test('neither argument changes, and no key reaches the prototype', () => {
    const target = { a: { b: 1 } };
    const patch = JSON.parse('{"a":{"__proto__":{"polluted":true}},"c":null}') as object;
    const result = applyMergePatch(target, patch) as typeof target;
    expect(target).toEqual({ a: { b: 1 } });
    expect(Object.hasOwn(result.a, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('strategic merge patches', () => {
  const object = {
    metadata: { finalizers: ['a', 'b'] },
    spec: {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
      template: { spec: { containers: [{ name: 'x', args: ['1'] }, { name: 'y' }] } },
    },
  };
  const containers = (patch: object[], more = {}) =>
    applyStrategicMerge(object, { spec: { template: { spec: { containers: patch, ...more } } } });

  test('entries merge by key, scalar lists are replaced', () => {
    expect(containers([{ name: 'x', args: ['2'] }])).toMatchObject({
      spec: { template: { spec: { containers: [{ name: 'x', args: ['2'] }, { name: 'y' }] } } },
    });
  });

  test('$setElementOrder reorders', () => {
    const order = { '$setElementOrder/containers': [{ name: 'y' }, { name: 'x' }] };
    expect(containers([{ name: 'x' }], order)).toMatchObject({
      spec: { template: { spec: { containers: [{ name: 'y' }, { name: 'x' }] } } },
    });
  });

  test('$retainKeys drops the others, $patch replace replaces', () => {
    expect(
      applyStrategicMerge(object, {
        spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      }),
    ).toMatchObject({ spec: { strategy: { type: 'Recreate' } } });
    const replaced = applyStrategicMerge(object, {
      spec: { strategy: { $patch: 'replace', type: 'Recreate' } },
    }) as typeof object;
    expect(replaced.spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('sets merge, $deleteFromPrimitiveList takes away', () => {
    const patch = {
      metadata: { finalizers: ['c'], '$deleteFromPrimitiveList/finalizers': ['a'] },
    };
    expect(applyStrategicMerge(object, patch)).toMatchObject({
      metadata: { finalizers: ['b', 'c'] },
    });
  });

  test('an entry without its key is refused', () => {
    expect(() => containers([{ image: 'z' }])).toThrow('does not contain declared merge key: name');
  });
});

test.each([
  [{ type: 'object', properties: { a: { type: 'string' } } }, []],
  [{ type: 'object', properties: { a: {} } }, ['s.properties[a].type']],
  [{ type: 'object', properties: { a: { type: 'array' } } }, ['s.properties[a].items']],
  [{ type: 'object', properties: { a: { type: 'text' } } }, ['s.properties[a].type']],
  [{ type: 'object', $ref: '#/x' }, ['s.$ref']],
  [{ type: 'object', properties: { a: { 'x-kubernetes-int-or-string': true } } }, []],
])('structural: %j', (schema, fields) => {
  expect(structuralProblems(schema, 's').map(({ field }) => field)).toEqual(fields);
});
