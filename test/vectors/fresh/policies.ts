import type { Draw } from './draw.ts';
import { expression, type Scope } from './expression.ts';

/** A line of kind policy. */
export interface PolicyLine {
  readonly id: string;
  readonly kind: 'policy';
  readonly [key: string]: unknown;
}

type ScopeFor = (draw: Draw, bind: string, depth: number) => Scope;

const BINDS = ['update', 'update', 'create', 'remove', 'cuckoo'];

/** A ValidatingAdmissionPolicy with everything that it may have, some of it wrong, and bindings. */
export function drawPolicy(draw: Draw, id: string, scopeFor: ScopeFor): PolicyLine {
  const bind = draw.pick(BINDS);
  const scope = scopeFor(draw, bind, 2);
  const hasParams = draw.chance(0.4);
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'drawn' },
    spec: {
      matchConstraints: matchOf(draw),
      ...(hasParams ? { paramKind: { apiVersion: 'shop.test/v1', kind: 'Limits' } } : {}),
      ...(draw.chance(0.3) ? { failurePolicy: draw.pick(['Fail', 'Ignore']) } : {}),
      ...(draw.chance(0.3) ? { matchConditions: conditionsOf(scope) } : {}),
      ...(draw.chance(0.4) ? { variables: variablesOf(scope) } : {}),
      validations: Array.from({ length: 1 + draw.below(3) }, () => validationOf(scope)),
      ...(draw.chance(0.3) ? { auditAnnotations: annotationsOf(scope) } : {}),
    },
  };
  const bindings = draw.chance(0.5) ? {} : { bindings: bindingsOf(draw, hasParams) };
  return { id, kind: 'policy', bind, policy, ...bindings };
}

function matchOf(draw: Draw): unknown {
  const rule = (): unknown => ({
    apiGroups: [draw.pick(['shop.test', '*', '*', 'apps'])],
    apiVersions: [draw.pick(['v1', '*', '*'])],
    resources: [draw.pick(['orders', '*', '*', '*/*', 'orders/status', 'cuckoos'])],
    operations: draw.chance(0.8) ? ['*'] : [draw.pick(['CREATE', 'UPDATE', 'DELETE'])],
    ...(draw.chance(0.1) ? { scope: draw.pick(['Cluster', 'Namespaced', '*']) } : {}),
    ...(draw.chance(0.1) ? { resourceNames: [draw.pick(['order-7', 'other'])] } : {}),
  });
  const selector = (): unknown =>
    draw.pick<unknown>([
      { matchLabels: { team: 'payments' } },
      { matchExpressions: [{ key: 'team', operator: draw.pick(['Exists', 'DoesNotExist']) }] },
      {
        matchExpressions: [{ key: 'env', operator: draw.pick(['In', 'NotIn']), values: ['prod'] }],
      },
      { matchLabels: { constructor: 'constructor' } },
    ]);
  return {
    resourceRules: Array.from({ length: 1 + draw.below(2) }, rule),
    ...(draw.chance(0.1) ? { excludeResourceRules: [rule()] } : {}),
    ...(draw.chance(0.1) ? { objectSelector: selector() } : {}),
    ...(draw.chance(0.1) ? { namespaceSelector: selector() } : {}),
    ...(draw.chance(0.2) ? { matchPolicy: draw.pick(['Exact', 'Equivalent']) } : {}),
  };
}

function conditionsOf(scope: Scope): unknown {
  return Array.from({ length: 1 + scope.draw.below(2) }, (_each, index) => ({
    name: `c${index}`,
    expression: scope.draw.chance(0.5) ? 'true' : expression({ ...scope, depth: 2 }, 'bool'),
  }));
}

function variablesOf(scope: Scope): unknown {
  const types = ['int', 'string', 'bool', 'list:string', 'dyn', 'map:string:int'];
  return ['limit', 'texts', 'labels', 'failing', 'scores']
    .slice(0, 1 + scope.draw.below(5))
    .map((name) => ({
      name,
      expression: expression({ ...scope, depth: 2 }, scope.draw.pick(types)),
    }));
}

function validationOf(scope: Scope): unknown {
  const { draw } = scope;
  return {
    expression: expression({ ...scope, depth: 3 }, 'bool'),
    ...(draw.chance(0.5)
      ? { message: draw.pick(['not so', ' spaces ', '', 'größer', 'two words']) }
      : {}),
    ...(draw.chance(0.4) ? { messageExpression: messageOf(scope) } : {}),
    ...(draw.chance(0.3)
      ? { reason: draw.pick(['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']) }
      : {}),
  };
}

function messageOf(scope: Scope): string {
  const { draw } = scope;
  if (draw.chance(0.6)) return expression({ ...scope, depth: 2 }, 'string');
  return draw.pick([
    "'a\\nb'",
    "'  padded '",
    "''",
    "' '",
    'object.metadata.name',
    "'' + object.metadata.name",
    "'replicas: ' + string(object.spec.replicas)",
    "'x' + string(1 / 0)",
    "authorizer.path('/').check('get').reason()",
    "lists.range(6000).map(i, 'x').join()",
    "'a\\rb'",
    "request.userInfo.username + ' may not'",
  ]);
}

function annotationsOf(scope: Scope): unknown {
  const { draw } = scope;
  return Array.from({ length: 1 + draw.below(2) }, (_each, index) => ({
    key: draw.pick([`key-${index}`, 'constructor', 'Bad_Key!']),
    valueExpression: draw.chance(0.6)
      ? expression({ ...scope, depth: 2 }, draw.chance(0.8) ? 'string' : 'null')
      : draw.pick([
          "'v'",
          'null',
          "''",
          "has(object.spec) ? 'yes' : null",
          "authorizer.path('/').check('get').reason()",
          "' padded '",
        ]),
  }));
}

function bindingsOf(draw: Draw, hasParams: boolean): unknown {
  return Array.from({ length: 1 + draw.below(2) }, (_each, index) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: `binding-${index}` },
    spec: {
      policyName: 'drawn',
      validationActions: draw.pick([
        ['Deny'],
        ['Warn'],
        ['Audit'],
        ['Warn', 'Audit'],
        ['Deny', 'Audit'],
        ['Deny', 'Warn'],
      ]),
      ...(hasParams ? { paramRef: paramRefOf(draw) } : {}),
      ...(draw.chance(0.2) ? { matchResources: matchOf(draw) } : {}),
    },
  }));
}

function paramRefOf(draw: Draw): unknown {
  const named = { name: draw.pick(['limits', 'limits', 'nope', 'constructor']) };
  const selected = { selector: draw.pick([{}, { matchLabels: { a: 'b' } }]) };
  return {
    ...(draw.chance(0.8) ? named : selected),
    ...(draw.chance(0.5) ? { namespace: 'shop' } : {}),
    parameterNotFoundAction: draw.pick(['Allow', 'Deny']),
  };
}
