import type { Draw } from '../fresh/draw.ts';

/** A line of kind policy, as the oracle reads it. */
export interface MatchingLine {
  readonly id: string;
  readonly kind: 'policy';
  readonly [key: string]: unknown;
}

type Tree = Readonly<Record<string, unknown>>;

const NAMESPACES = ['shop', 'bank'];
const NAMES = ['web', 'api'];
const VALUES = ['a', 'b', 'c'];

/** A policy with few words about its object, and many about what it concerns; and a request that it may concern. */
export function drawMatching(draw: Draw, id: string): MatchingLine {
  const subject = subjectOf(draw);
  const hasParams = draw.chance(0.4);
  const isCluster = draw.chance(0.3);
  const spec = {
    matchConstraints: { resourceRules: rules(draw, 1), ...matchOf(draw) },
    ...(hasParams ? { paramKind: paramKind(isCluster) } : {}),
    ...(draw.chance(0.4) ? { failurePolicy: draw.pick(['Fail', 'Ignore']) } : {}),
    ...(draw.chance(0.4) ? { matchConditions: conditionsOf(draw, hasParams) } : {}),
    ...(draw.chance(0.4) ? { variables: VARIABLES } : {}),
    validations: Array.from({ length: 1 + draw.below(2) }, () => validationOf(draw, hasParams)),
    ...(draw.chance(0.2)
      ? { auditAnnotations: [{ key: 'key', valueExpression: draw.pick(ANNOTATIONS) }] }
      : {}),
  };
  return {
    id,
    kind: 'policy',
    ...subject,
    policy: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'drawn' },
      spec,
    },
    bindings: Array.from({ length: 1 + draw.below(3) }, (_each, index) =>
      bindingOf(draw, index, hasParams),
    ),
    paramObjects: hasParams ? paramObjects(draw, isCluster) : [],
    namespaces: NAMESPACES.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { env: name === 'shop' ? 'a' : 'b', ...labelsOf(draw) } },
    })),
    authorizer: {
      rules: [{ verb: 'promote', decision: draw.pick(['allow', 'deny', 'noOpinion']) }],
    },
  };
}

function paramKind(isCluster: boolean): Tree {
  return { apiVersion: 'shop.test/v1', kind: isCluster ? 'ClusterLimit' : 'Limit' };
}

/** What is written, by which operation, as which version. */
function subjectOf(draw: Draw): Tree {
  const kind = draw.pick(KINDS);
  const operation = draw.pick(['CREATE', 'UPDATE', 'DELETE']);
  const name = draw.pick(NAMES);
  const namespace = kind.isNamespaced ? draw.pick(NAMESPACES) : '';
  const object = (): Tree => ({
    apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: { name, ...(namespace === '' ? {} : { namespace }), labels: labelsOf(draw) },
    spec: { replicas: draw.below(3) },
  });
  const { group, version } = kind;
  return {
    ...(operation === 'DELETE' ? {} : { object: object() }),
    ...(operation === 'CREATE' ? {} : { oldObject: object() }),
    request: {
      kind: { group, version, kind: kind.kind },
      resource: { group, version, resource: kind.resource },
      ...(draw.chance(0.15) ? { subResource: draw.pick(['scale', 'status']) } : {}),
      name,
      ...(namespace === '' ? {} : { namespace }),
      operation,
      userInfo: { username: draw.pick(['ada', 'bob']), groups: ['dev'] },
      dryRun: draw.chance(0.2),
    },
  };
}

const KINDS = [
  { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', isNamespaced: true },
  { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', isNamespaced: true },
  { group: '', version: 'v1', kind: 'Service', resource: 'services', isNamespaced: true },
  {
    group: 'flagger.app',
    version: 'v1beta1',
    kind: 'Canary',
    resource: 'canaries',
    isNamespaced: true,
  },
  { group: 'shop.test', version: 'v2', kind: 'Market', resource: 'markets', isNamespaced: false },
];

function labelsOf(draw: Draw): Tree {
  return Object.fromEntries(
    ['app', 'tier', 'team'].flatMap((key) => (draw.chance(0.5) ? [[key, draw.pick(VALUES)]] : [])),
  );
}

function rules(draw: Draw, least: number): Tree[] {
  return Array.from({ length: least + draw.below(3) }, () => ruleOf(draw));
}

const ALL = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['*'],
  resources: ['*'],
};

function ruleOf(draw: Draw): Tree {
  if (draw.chance(0.4)) return draw.chance(0.2) ? { ...ALL, resources: ['*/*'] } : ALL;
  return narrowRule(draw);
}

function narrowRule(draw: Draw): Tree {
  return {
    apiGroups: draw.pick([['*'], ['apps'], ['', 'apps'], ['flagger.app', 'shop.test'], ['']]),
    apiVersions: draw.pick([['*'], ['*'], ['v1'], ['v1beta1', 'v1'], ['v9']]),
    operations: draw.pick([
      ['*'],
      ['*'],
      ['CREATE'],
      ['UPDATE'],
      ['CREATE', 'UPDATE'],
      ['DELETE', 'UPDATE'],
    ]),
    resources: draw.pick([
      ['*'],
      ['*/*'],
      ['*'],
      ['deployments', 'services'],
      ['deployments'],
      ['deployments/*'],
      ['deployments/scale', 'canaries'],
      ['*/status'],
      ['*/scale', 'markets'],
      ['canaries', 'markets', 'services'],
    ]),
    ...(draw.chance(0.3) ? { scope: draw.pick(['Cluster', 'Namespaced', '*']) } : {}),
    ...(draw.chance(0.2) ? { resourceNames: draw.pick([['web'], ['api'], ['web', 'x']]) } : {}),
  };
}

function matchOf(draw: Draw): Tree {
  return {
    ...(draw.chance(0.3) ? { excludeResourceRules: [narrowRule(draw)] } : {}),
    ...(draw.chance(0.2) ? { objectSelector: selectorOf(draw) } : {}),
    ...(draw.chance(0.2) ? { namespaceSelector: selectorOf(draw) } : {}),
    ...(draw.chance(0.3) ? { matchPolicy: draw.pick(['Exact', 'Equivalent']) } : {}),
  };
}

function selectorOf(draw: Draw): Tree {
  const key = draw.pick(['app', 'tier', 'team', 'env', 'none']);
  const values = draw.pick([['a'], ['a', 'b'], ['c']]);
  return draw.pick<Tree>([
    {},
    { matchLabels: { [key]: draw.pick(VALUES) } },
    { matchExpressions: [{ key, operator: draw.pick(['In', 'NotIn']), values }] },
    { matchExpressions: [{ key, operator: draw.pick(['Exists', 'DoesNotExist']) }] },
    {
      matchLabels: { app: 'a' },
      matchExpressions: [{ key, operator: draw.pick(['Exists', 'DoesNotExist']) }],
    },
  ]);
}

const VARIABLES = [
  { name: 'subject', expression: 'object == null ? oldObject : object' },
  { name: 'failing', expression: 'variables.subject.spec.nothing' },
];

const CONDITIONS = [
  'true',
  'true',
  'true',
  'false',
  "request.operation != 'DELETE'",
  'object.spec.replicas > 0',
  'oldObject == null',
  'object.spec.nothing == 1',
  "authorizer.requestResource.check('promote').allowed()",
  'namespaceObject == null',
];

function conditionsOf(draw: Draw, hasParams: boolean): Tree[] {
  const known = hasParams ? [...CONDITIONS, 'params.limit > 1', 'params != null'] : CONDITIONS;
  return Array.from({ length: 1 + draw.below(2) }, (_each, index) => ({
    name: `c${index}`,
    expression: draw.pick(known),
  }));
}

const EXPRESSIONS = [
  'false',
  'false',
  'true',
  'object.spec.replicas > 1',
  'oldObject.spec.replicas > 1',
  'object.spec.nothing == 1',
  "request.userInfo.username == 'ada'",
  "namespaceObject.metadata.labels.env == 'a'",
  "authorizer.requestResource.check('promote').allowed()",
  'has(object.metadata.labels.app)',
];

function validationOf(draw: Draw, hasParams: boolean): Tree {
  const known = hasParams ? [...EXPRESSIONS, 'params.limit > 2', 'params != null'] : EXPRESSIONS;
  return {
    expression: draw.pick(known),
    ...(draw.chance(0.5) ? { message: draw.pick(['not so', ' padded ']) } : {}),
    ...(draw.chance(0.4) ? { messageExpression: draw.pick(MESSAGES) } : {}),
    ...(draw.chance(0.4) ? { reason: draw.pick(['Forbidden', 'Invalid']) } : {}),
  };
}

const MESSAGES = [
  "'by ' + request.userInfo.username",
  "request.resource.resource + ' of ' + request.name",
  "namespaceObject == null ? 'of the cluster' : 'in ' + namespaceObject.metadata.name",
  "'' + string(object.spec.nothing)",
  "' '",
];
const ANNOTATIONS = ["'v'", 'null', 'string(object.spec.nothing)', "'on ' + request.operation"];

function bindingOf(draw: Draw, index: number, hasParams: boolean): Tree {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: `b${index}` },
    spec: {
      policyName: 'drawn',
      validationActions: draw.pick([
        ['Deny'],
        ['Deny'],
        ['Warn'],
        ['Audit'],
        ['Deny', 'Audit'],
        ['Warn', 'Audit'],
      ]),
      ...(hasParams && draw.chance(0.8) ? { paramRef: paramRefOf(draw) } : {}),
      ...(draw.chance(0.4)
        ? {
            matchResources: {
              ...(draw.chance(0.5) ? { resourceRules: rules(draw, 1) } : {}),
              ...matchOf(draw),
            },
          }
        : {}),
    },
  };
}

function paramRefOf(draw: Draw): Tree {
  return {
    ...(draw.chance(0.5)
      ? { name: draw.pick(['one', 'two', 'none']) }
      : {
          selector: draw.pick<Tree>([
            { matchLabels: { only: 'one' } },
            { matchLabels: { only: 'none' } },
            {},
          ]),
        }),
    ...(draw.chance(0.4) ? { namespace: draw.pick(NAMESPACES) } : {}),
    parameterNotFoundAction: draw.pick(['Allow', 'Deny']),
  };
}

/** At most one in a namespace is selected by its label; a selector that selects several finds them in any order. */
function paramObjects(draw: Draw, isCluster: boolean): Tree[] {
  const limits = { one: 1 + draw.below(4), two: 1 + draw.below(4) };
  const object = (name: 'one' | 'two', namespace: string): Tree => ({
    ...paramKind(isCluster),
    metadata: { name, ...(namespace === '' ? {} : { namespace }), labels: { only: name } },
    limit: limits[name],
  });
  const places = isCluster ? [''] : NAMESPACES;
  return places.flatMap((namespace) => [object('one', namespace), object('two', namespace)]);
}
