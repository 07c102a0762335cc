/** Inputs of drawn expressions, made for this: JSON as text, so that 3 and 3.0 stay different. */
interface Fixture {
  readonly object?: string;
  readonly oldObject?: string;
  readonly params?: string;
  readonly namespaceObject?: string;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

const AUTHORIZER = {
  default: 'noOpinion',
  rules: [
    {
      verb: 'approve',
      apiGroup: 'shop.test',
      resource: 'orders',
      decision: 'allow',
      reason: 'may approve',
    },
    { verb: 'get', resource: 'orders', subresource: 'status', decision: 'allow' },
    { verb: 'delete', decision: 'deny', reason: 'never deleted' },
    { path: '/metrics', decision: 'allow', reason: 'open' },
    { verb: 'fail', decision: 'noOpinion', error: 'no answer' },
    { verb: 'list', fieldSelector: 'spec.x=1', decision: 'allow' },
    { user: 'system:serviceaccount:shop:robot', verb: 'use', decision: 'allow', reason: 'robot' },
  ],
};

const ORDER = `{"apiVersion":"shop.test/v1","kind":"Order","metadata":{"name":"order-7","namespace":"shop","generation":3,
"labels":{"team":"payments","app.kubernetes.io/name":"orders","tier":""},"annotations":{"note":"größer als 3","shop.test/until":"2026-12-24T00:00:00Z","shop.test/wait":"90s"}},
"spec":{"replicas":3,"ratio":0.5,"whole":3.0,"big":9223372036854775807,"huge":18446744073709551615,"tiny":1e-9,"on":true,"off":false,"none":null,"empty":"","text":"Grüße, 世界 😀",
"list":[1,2,3],"floats":[0.5,1.0,2.5],"texts":["b","a","c","a"],"mixed":[1,"a",2.5,null,true,[1],{"k":1}],"nested":[[1,2],[],[3]],"noList":[],"noMap":{},
"flags":{"a":true,"b":false},"counts":{"x":1,"y":2,"z":3},"int-or":"25%","in":"keyword","a b":"space","items":[{"name":"first","size":1,"tags":["x"]},{"name":"second","size":2,"tags":[]},{"name":"third","size":2}],
"image":"registry.example.com/shop/orders:v1.2.3@sha256:abc","memory":"512Mi","cpu":"250m","address":"10.1.2.3","range":"10.0.0.0/8","link":"https://shop.test:8443/a?b=c","version":"1.4.0-rc.1","when":"2026-03-29T00:30:00Z","for":"1h30m"},
"status":{"phase":"Ready","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}`;

const OLD_ORDER = ORDER.replace('"replicas":3', '"replicas":2')
  .replace('"generation":3', '"generation":2')
  .replace('"on":true', '"on":false')
  .replace('"text":"Grüße, 世界 😀"', '"text":"plain"');

const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  'get',
  'size',
  'then',
  'toJSON',
];

/** An object whose every member is named as something of JavaScript's own. */
const CUCKOO = JSON.stringify({
  apiVersion: 'shop.test/v1',
  kind: 'Cuckoo',
  metadata: { name: 'constructor', labels: 0 },
  spec: 0,
})
  .replace('"labels":0', `"labels":${named((name) => `"${name}"`)}`)
  .replace(
    '"spec":0',
    `"spec":{"texts":${named((name) => `"${name}"`)},"numbers":${named((_name, index) => String(index))},"maps":${named((name) => `{"${name}":{"${name}":1}}`)},"lists":${named((_name, index) => `[${index}]`)},"bare":{"constructor":null}}`,
  );

function named(value: (name: string, index: number) => string): string {
  return `{${PROTOTYPE_NAMES.map((name, index) => `"${name}":${value(name, index)}`).join(',')}}`;
}

const VARIABLES = [
  { name: 'limit', expression: '10' },
  { name: 'names', expression: 'object.spec.items.map(i, i.name)' },
  { name: 'labels', expression: 'object.metadata.?labels.orValue({})' },
  { name: 'texts', expression: "['a', 'b']" },
  { name: 'scores', expression: "{'a': 1, 'b': 2}" },
  { name: 'broken', expression: "1 + 'a'" },
  { name: 'failing', expression: 'object.spec.missing.deeper' },
  { name: 'wait', expression: "duration('90s')" },
  { name: 'both', expression: 'variables.limit + size(variables.texts)' },
  { name: 'maybe', expression: 'object.?spec.?replicas' },
  { name: 'half', expression: '0.5' },
];

const REQUEST = {
  kind: { group: 'shop.test', version: 'v1', kind: 'Order' },
  resource: { group: 'shop.test', version: 'v1', resource: 'orders' },
  userInfo: {
    username: 'system:serviceaccount:shop:robot',
    uid: 'u1',
    groups: ['system:serviceaccounts', 'dev'],
    extra: { 'shop.test/mfa': ['yes', 'no'] },
  },
  dryRun: false,
};

const PARAMS = `{"apiVersion":"shop.test/v1","kind":"Limits","metadata":{"name":"limits","namespace":"shop"},"spec":{"max":5,"ratio":99.5,"whole":2.0,"names":["first","second"],"map":{"a":"b"},"until":"2026-06-01T00:00:00Z","memory":"1Gi"}}`;
const NAMESPACE = `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","labels":{"env":"prod","constructor":"label"},"annotations":{"owner":"payments"},"creationTimestamp":"2025-01-01T00:00:00Z","resourceVersion":"7"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}`;

/** By name, as a line may `bind` them. */
export const FIXTURES: Readonly<Record<string, Fixture>> = {
  update: {
    object: ORDER,
    oldObject: OLD_ORDER,
    params: PARAMS,
    namespaceObject: NAMESPACE,
    request: {
      ...REQUEST,
      operation: 'UPDATE',
      options: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'test' },
    },
    variables: VARIABLES,
    authorizer: AUTHORIZER,
  },
  create: {
    object: OLD_ORDER,
    params: 'null',
    namespaceObject: NAMESPACE,
    request: { ...REQUEST, operation: 'CREATE' },
    variables: VARIABLES,
    authorizer: AUTHORIZER,
  },
  remove: {
    oldObject: ORDER,
    params: PARAMS,
    namespaceObject: NAMESPACE,
    request: { ...REQUEST, operation: 'DELETE' },
    variables: VARIABLES,
    authorizer: AUTHORIZER,
  },
  cuckoo: {
    object: CUCKOO,
    oldObject: CUCKOO,
    params: CUCKOO,
    variables: VARIABLES,
    authorizer: AUTHORIZER,
    request: { operation: 'UPDATE' },
  },
  bare: { object: '{"apiVersion":"v1","kind":"Thing","metadata":{"name":"bare"}}', variables: [] },
};

export const FIXTURE_NAMES: readonly string[] = Object.keys(FIXTURES);
