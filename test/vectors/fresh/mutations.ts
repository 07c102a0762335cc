import type { Draw } from './draw.ts';
import { anyType, expression, type Scope } from './expression.ts';

/** A line of kind mutation. */
export interface MutationLine {
  readonly id: string;
  readonly kind: 'mutation';
  readonly [key: string]: unknown;
}

type ScopeFor = (draw: Draw, bind: string, depth: number) => Scope;

/** A JSON patch alone, or a policy of several patches and apply configurations. */
export function drawMutation(draw: Draw, id: string, scopeFor: ScopeFor): MutationLine {
  const bind = draw.pick(['update', 'update', 'create', 'cuckoo']);
  const scope = scopeFor(draw, bind, 2);
  if (draw.chance(0.6)) return { id, kind: 'mutation', bind, expression: patchText(scope) };
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'drawn' },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['*'],
            apiVersions: ['*'],
            resources: ['*/*'],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
      ...(draw.chance(0.3) ? { failurePolicy: draw.pick(['Fail', 'Ignore']) } : {}),
      ...(draw.chance(0.3)
        ? { variables: [{ name: 'limit', expression: expression({ ...scope, depth: 1 }, 'int') }] }
        : {}),
      ...(draw.chance(0.2)
        ? {
            matchConditions: [
              { name: 'c', expression: expression({ ...scope, depth: 1 }, 'bool') },
            ],
          }
        : {}),
      reinvocationPolicy: 'Never',
      mutations: Array.from({ length: 1 + draw.below(3) }, () => mutationOf(scope)),
    },
  };
  return { id, kind: 'mutation', bind, policy };
}

function mutationOf(scope: Scope): unknown {
  const { draw } = scope;
  if (draw.chance(0.6)) {
    return { patchType: 'JSONPatch', jsonPatch: { expression: patchText(scope) } };
  }
  return {
    patchType: 'ApplyConfiguration',
    applyConfiguration: { expression: draw.pick(CONFIGURATIONS) },
  };
}

const CONFIGURATIONS = [
  'Object{spec: Object.spec{replicas: 4}}',
  "Object{metadata: Object.metadata{labels: Object.metadata.labels{added: 'x'}}}",
  "Object{metadata: Object.metadata{labels: {'team': 'other', 'a/b': 'c'}}}",
  'Object{spec: Object.spec{counts: {}}}',
  "Object{spec: Object.spec{text: object.metadata.name + '!'}}",
  'Object{}',
  'Object{spec: object.spec.counts}',
  'Object{spec: Object.wrong{a: 1}}',
  'Object{spec: Object.spec{flags: Object.spec.flags{a: false, c: true}}}',
  'has(object.spec.replicas) ? Object{spec: Object.spec{ratio: 0.25}} : Object{}',
  "Object{metadata: Object.metadata{?labels: object.metadata.?labels.optMap(l, {'from': 'optional'})}}",
  'Object{spec: Object.spec{replicas: object.spec.replicas + 1}}',
  "Object{metadata: Object.metadata{annotations: {'constructor': 'x', '__proto__': 'y'}}}",
  'Object{status: Object.status{phase: string(1 / 0)}}',
  "'text'",
  'object',
  'Object.spec{replicas: 1}',
];

function patchText(scope: Scope): string {
  const { draw } = scope;
  const operations = Array.from({ length: 1 + draw.below(3) }, () => operationText(scope)).join(
    ', ',
  );
  switch (draw.below(12)) {
    case 0:
      return `${expression({ ...scope, depth: 1 }, 'bool')} ? [${operations}] : []`;
    case 1:
      return `['a', 'b/c', 'd~e'].map(k, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey(k), value: k})`;
    case 2:
      return `has(object.metadata.labels) ? [${operations}] : [JSONPatch{op: 'add', path: '/metadata/labels', value: {}}]`;
    default:
      return `[${operations}]`;
  }
}

const PATHS = [
  '/spec/replicas',
  '/spec/list/0',
  '/spec/list/-',
  '/spec/list/-1',
  '/spec/list/3',
  '/spec/list/9',
  '/spec/new',
  '/spec/nope/deeper',
  '/metadata/labels/team',
  '/metadata/labels/constructor',
  '/metadata/labels/__proto__',
  '/metadata/annotations/shop.test~1until',
  '/spec',
  '',
  '/',
  'spec/text',
  '/spec/int-or',
  '/spec/items/0/name',
  '/spec/items/1',
  '/spec/noList/-',
  '/spec/noMap/a',
  '/spec/none',
  '/spec/a b',
  '/spec/texts/01',
  '/metadata/name',
  '/spec/texts/constructor',
  '/spec/numbers/toString',
  '/spec/constructor',
  '/spec/~2',
  '/spec/list/length',
];
const VALUES = [
  '1',
  "'text'",
  'true',
  'null',
  '2.5',
  '3.0',
  '[1, 2]',
  "{'a': 1}",
  '{}',
  '[]',
  'object.spec',
  'object.metadata.labels',
  '9007199254740993',
  '5u',
  "duration('90s')",
  "timestamp('2026-01-01T00:00:00Z')",
  "b'ab'",
  'optional.of(1)',
  'optional.none()',
  'int',
  "quantity('1')",
  "{'__proto__': {'a': 1}}",
  "{'constructor': 1}",
  '{1: 2}',
  '0.0/0.0',
  'variables.limit',
  'request.userInfo',
  'request.userInfo.username',
  'oldObject',
  'object.spec.list',
  '1e30',
  '-0.0',
  'Object{}',
  'Object.spec{replicas: 3}',
  '[?optional.none()]',
  "dyn({'a': [dyn(1), dyn('x')]})",
];

function operationText(scope: Scope): string {
  const { draw } = scope;
  const op = draw.pick([
    'add',
    'add',
    'add',
    'replace',
    'replace',
    'remove',
    'test',
    'move',
    'copy',
    'nope',
  ]);
  const path = draw.pick(PATHS);
  const fields = [`op: '${op}'`, `path: '${path}'`];
  if (op === 'move' || op === 'copy') fields.push(`from: '${draw.pick(PATHS)}'`);
  else if (op !== 'remove' || draw.chance(0.05)) fields.push(`value: ${valueText(scope)}`);
  if (draw.chance(0.03)) fields.splice(draw.below(fields.length), 1);
  return `JSONPatch{${fields.join(', ')}}`;
}

function valueText(scope: Scope): string {
  const { draw } = scope;
  return draw.chance(0.7) ? draw.pick(VALUES) : expression({ ...scope, depth: 1 }, anyType(draw));
}
