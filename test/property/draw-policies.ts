import {
  CALL_SITES,
  type CallSite,
  type MatchResources,
  type RolloutPolicy,
  type RolloutPolicyBinding,
  type RolloutPolicySpec,
  type Validation,
  type ValidationAction,
} from '../../src/domain/policy.ts';
import type { Random } from './random.ts';

/** Policies and what puts them into force. */
export interface Rules {
  readonly policies: readonly RolloutPolicy[];
  readonly bindings: readonly RolloutPolicyBinding[];
}

/** What the policies of a set mostly do, so that every verdict is drawn often enough. */
const MOODS = [
  'calm',
  'strict',
  'strict',
  'strict',
  'strict',
  'strict',
  'broken',
  'broken',
  'broken',
  'mixed',
] as const;
type Mood = (typeof MOODS)[number];

const CALM = [
  "object == null || object.metadata.name != 'forbidden'",
  "request.operation != 'CONNECT'",
  'rollout == null || rollout.toWeight <= 100',
  "now > timestamp('2020-01-01T00:00:00Z')",
  'variables.size < 1000',
  'object == null || object.metadata.?labels.orValue({}).all(key, size(key) < 64)',
];
const STRICT = [
  'object == null || object.spec.?n.orValue(0) > 50',
  "params == null || request.name.startsWith(string(params.?prefix.orValue('z')))",
  'rollout == null || rollout.toWeight - rollout.fromWeight <= 5',
  "rollout == null || rollout.approvals.exists(a, a.action == 'Approve')",
  'rollout == null || rollout.windows.open',
  "rollout == null || rollout.metrics.all(m, m.verdict == 'pass' && m.value >= 99)",
  "namespaceObject != null && namespaceObject.metadata.?labels[?'env'].orValue('') == 'lab'",
  'now.getHours() < 12',
  'variables.size > 1000',
  'object == null || object.metadata.?labels.orValue({}).size() > 3',
];
const BROKEN = [
  'object.spec.missing.deeper == 1',
  '1 / (size(request.name) - size(request.name)) == 1',
  'params.limit > 3',
  '[1, 2][5] == 1',
  "duration(request.name) > duration('1s')",
  'objekt.a == 1',
  "authorizer.group('apps').resource('deployments').namespace('unknown').check('deploy').allowed()",
];
const ASKING = "authorizer.group('apps').resource('deployments').check('deploy').allowed()";
const MESSAGES = [
  "'n is ' + string(object.spec.?n.orValue(0))",
  "'labels: ' + object.metadata.?labels.orValue({}).map(key, key).join(', ')",
  "string(variables.size) + ' characters'",
  "'at ' + string(now)",
  'object.spec.missing.deeper',
];
const MUTATIONS = [
  "[JSONPatch{op: 'add', path: '/spec/stamped', value: true}]",
  "has(object.spec.note) ? [] : [JSONPatch{op: 'add', path: '/spec/note', value: request.name}]",
  "[JSONPatch{op: 'add', path: '/spec/n', value: object.spec.?n.orValue(0) + 1}]",
  "[JSONPatch{op: 'remove', path: '/spec/nothing'}]",
];

/** Two to four policies with their bindings. */
export function drawRules(random: Random): Rules {
  const mood = random.pick(MOODS);
  const names = ['a', 'b', 'c', 'd'].slice(0, random.int(2, 4));
  const policies = names.map((name) => drawPolicy(random, name, mood));
  const bindings = policies.flatMap((policy) =>
    Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_value, index) =>
      drawBinding(random, policy, `${policy.metadata.name}-${index}`),
    ),
  );
  return { policies, bindings };
}

function drawPolicy(random: Random, name: string, mood: Mood): RolloutPolicy {
  const spec: RolloutPolicySpec = {
    matchConstraints: drawConstraints(random),
    ...(random.chance(0.95) ? { evaluateAt: [...CALL_SITES] } : {}),
    variables: [
      { name: 'size', expression: 'size(request.name)' },
      { name: 'unused', expression: 'object.spec.missing.deeper' },
    ],
    ...(random.chance(0.2)
      ? {
          matchConditions: [
            {
              name: 'condition',
              expression: random.pick([
                "request.name != 'passed-over'",
                'object == null || object.spec.?n.orValue(0) < 90',
                'object.spec.missing.deeper',
              ]),
            },
          ],
        }
      : {}),
    validations: Array.from({ length: random.int(1, 3) }, (_value, index) =>
      drawValidation(random, mood, index),
    ),
    ...(random.chance(0.2)
      ? {
          mutations: [
            { patchType: 'JSONPatch', jsonPatch: { expression: random.pick(MUTATIONS) } },
          ],
        }
      : {}),
    ...(random.chance(0.2)
      ? { auditAnnotations: [{ key: 'what', valueExpression: random.pick(MESSAGES) }] }
      : {}),
    ...(random.chance(0.2) ? { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } } : {}),
    failurePolicy: random.chance(0.1) ? 'Ignore' : 'Fail',
    emergency: random.chance(0.5) ? 'Allowed' : 'Forbidden',
    remediation: 'Ask somebody who knows.',
    standards: [{ id: 'soc2-2017', controls: ['CC8.1'] }],
  };
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name, generation: random.int(1, 9) },
    spec,
  };
}

function drawValidation(random: Random, mood: Mood, index: number): Validation {
  const expression = drawExpression(random, mood);
  return {
    ...(random.chance(0.7) ? { name: `v${index}` } : {}),
    expression,
    ...(random.chance(0.5) ? { message: `rule ${index} does not hold` } : {}),
    ...(random.chance(0.4) ? { messageExpression: random.pick(MESSAGES) } : {}),
    ...(random.chance(0.3) ? { reason: 'Forbidden' as const } : {}),
  };
}

function drawExpression(random: Random, mood: Mood): string {
  if (random.chance(0.03)) return ASKING;
  const other = random.chance(mood === 'mixed' ? 0.6 : 0.05);
  if (other) return random.pick([...CALM, ...STRICT, ...BROKEN]);
  if (mood === 'broken') return random.pick(BROKEN);
  return random.pick(mood === 'strict' ? STRICT : CALM);
}

function drawConstraints(random: Random): MatchResources {
  const resources = random.pick([
    ['*'],
    ['*'],
    ['*'],
    ['*'],
    ['canaries'],
    ['deployments', 'canaries'],
  ]);
  return {
    resourceRules: [
      { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: [...resources] },
    ],
    ...drawSelectors(random),
  };
}

function drawSelectors(random: Random): MatchResources {
  return {
    ...(random.chance(0.1) ? { objectSelector: { matchLabels: { app: 'web' } } } : {}),
    ...(random.chance(0.1) ? { namespaceSelector: { matchLabels: { env: 'production' } } } : {}),
  };
}

const ACTIONS: readonly (readonly ValidationAction[])[] = [
  ['Deny'],
  ['Deny'],
  ['Deny'],
  ['Deny', 'Audit'],
  ['Hold'],
  ['Warn'],
  ['Audit'],
];

function drawBinding(
  random: Random,
  { metadata, spec }: RolloutPolicy,
  name: string,
): RolloutPolicyBinding {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicyBinding',
    metadata: { name },
    spec: {
      policyName: metadata.name,
      validationActions: [...random.pick(ACTIONS)],
      ...(random.chance(0.1) ? { matchResources: drawSelectors(random) } : {}),
      ...drawParams(random, spec),
      ...(random.chance(0.1)
        ? { evaluateAt: random.shuffled<CallSite>(CALL_SITES).slice(0, 3) }
        : {}),
    },
  };
}

function drawParams(
  random: Random,
  { paramKind }: RolloutPolicySpec,
): Partial<RolloutPolicyBinding['spec']> {
  if (random.chance(0.3))
    return { params: { prefix: random.pick(['w', 'z']), limit: random.int(1, 9) } };
  if (paramKind === undefined) return {};
  const parameterNotFoundAction = random.chance(0.5) ? ('Allow' as const) : ('Deny' as const);
  const chosen = random.chance(0.5)
    ? { name: 'limits' }
    : { selector: { matchLabels: { kind: 'limits' } } };
  return { paramRef: { ...chosen, parameterNotFoundAction } };
}
