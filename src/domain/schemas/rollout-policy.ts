import type { CustomResource } from './custom-resource.ts';
import {
  anyObject,
  conditions,
  expression,
  integer,
  list,
  listMap,
  oneOf,
  record,
  setOf,
  text,
  time,
  type Schema,
} from './schema.ts';
import { evaluateAt, labelSelector, matchResources, namedExpressions } from './selection.ts';

const ONE_LINE = '^[^\\n\\r]*$';

const validation: Schema = record(
  'A condition that the object must meet.',
  {
    name: text('Name shown with a violation; the index when absent.', { maxLength: 63 }),
    expression: expression('CEL of type bool; false is a violation.'),
    message: text('What is wrong, one line.', { pattern: ONE_LINE }),
    messageExpression: expression('CEL of type string that makes the message.'),
    reason: oneOf(
      ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'],
      'Machine-readable reason of the denial. Default Invalid.',
    ),
    remediation: text('What to do about it; overrides the policy-wide text.'),
  },
  ['expression'],
);

const mutation: Schema = {
  ...record(
    'A change of the object.',
    {
      patchType: oneOf(['JSONPatch', 'ApplyConfiguration'], 'Which of the two is given.'),
      jsonPatch: record(
        'A JSON patch.',
        { expression: expression('CEL of type list(JSONPatch).') },
        ['expression'],
      ),
      applyConfiguration: record(
        'An apply configuration.',
        { expression: expression('CEL of type Object.') },
        ['expression'],
      ),
    },
    ['patchType'],
  ),
  'x-kubernetes-validations': [
    {
      rule: "self.patchType == 'JSONPatch' ? has(self.jsonPatch) && !has(self.applyConfiguration) : has(self.applyConfiguration) && !has(self.jsonPatch)",
      message: 'exactly the field that patchType names must be set',
    },
  ],
};

const paramKind: Schema = record(
  'Kind of the parameter objects; never Secret.',
  {
    apiVersion: text('Its apiVersion.', { maxLength: 317 }),
    kind: text('Its kind.', { maxLength: 63 }),
  },
  ['apiVersion', 'kind'],
);

const standard: Schema = record(
  'A standard and the controls that the policy supports.',
  {
    id: text('Identifier of the standard, e.g. soc2-2017.', { maxLength: 63 }),
    controls: setOf('Control identifiers.', { type: 'string', maxLength: 63 }, 64),
  },
  ['id', 'controls'],
);

const spec: Schema = record('What the policy demands.', {
  title: text('One line for lists and reports.', { maxLength: 256 }),
  category: text('Group in reports.', { maxLength: 63 }),
  severity: oneOf(['critical', 'high', 'medium', 'low', 'info'], 'Weight in reports.'),
  remediation: text('What to do about a violation.'),
  standards: listMap('Standards that the policy supports.', ['id'], standard, 32),
  evaluateAt: evaluateAt('When it is evaluated. Default Admission and Scan.'),
  paramKind,
  paramsSchema: anyObject(
    'Structural OpenAPI v3 schema of the params that bindings give in place; excludes paramKind.',
  ),
  matchConstraints: matchResources('Which requests it is about.'),
  matchConditions: namedExpressions('CEL of type bool; one that is false skips the policy.'),
  variables: namedExpressions('Named expressions, computed when first used.'),
  validations: list('Conditions; each that is false is a violation.', validation),
  mutations: list('Changes, applied in order before the validations.', mutation, 32),
  auditAnnotations: listMap(
    'Values recorded with each decision.',
    ['key'],
    record(
      'A recorded value.',
      {
        key: text('Key.', { minLength: 1, maxLength: 63 }),
        valueExpression: { ...expression('CEL of type string or null.'), maxLength: 5120 },
      },
      ['key', 'valueExpression'],
    ),
    20,
  ),
  failurePolicy: {
    ...oneOf(['Fail', 'Ignore'], 'Whether an error denies or is let through.'),
    default: 'Fail',
  },
  reinvocationPolicy: oneOf(
    ['Never', 'IfNeeded'],
    'Accepted so that a MutatingAdmissionPolicy pastes in; the webhook is always asked again if needed.',
  ),
  emergency: oneOf(
    ['Allowed', 'Forbidden'],
    'Whether an emergency exception may turn Deny into a recorded warning.',
  ),
});

const count = (what: string): Schema => integer(`Objects: ${what}`, { minimum: 0 });

const found = (what: string): Schema => integer(`Violations: ${what}`, { minimum: 0 });

const status: Schema = record('What Sluice made of the policy.', {
  observedGeneration: integer('Generation that was compiled.', { minimum: 0 }),
  environmentVersion: text('Version of the CEL environment that it was compiled for.', {
    maxLength: 16,
  }),
  bindings: listMap(
    'The bindings that put it into force.',
    ['name'],
    record(
      'A binding.',
      {
        name: text('Name of the RolloutPolicyBinding.', { maxLength: 253 }),
        action: oneOf(['Deny', 'Hold', 'Warn', 'Audit'], 'What a violation leads to.'),
      },
      ['name', 'action'],
    ),
    256,
  ),
  scan: record('How existing objects fare under it, as the background scan found last.', {
    denied: count('It would deny.'),
    held: count('It would hold.'),
    warned: count('It would warn of.'),
    audited: count('Would be denied if its bindings that only audit denied.'),
    errors: count('It cannot judge.'),
    excepted: count('An exception lets pass.'),
    passed: count('That meet it.'),
    examples: list(
      'Some that do not meet it: kind, namespace and name.',
      { type: 'string', maxLength: 512 },
      16,
    ),
  }),
  admission: {
    type: 'object',
    description: 'Violations in reviews of real writes, by the replica that answered them.',
    maxProperties: 64,
    additionalProperties: record('Of one replica, since it started.', {
      denied: found('Denied.'),
      held: found('Held.'),
      warned: found('Warned of.'),
      audited: found('Would have been denied if its bindings that only audit denied.'),
      errors: found('Could not be evaluated.'),
      excepted: found('Let pass by an exception.'),
      since: time('When the replica started.'),
      until: time('When the last one was found.'),
    }),
  },
  latency: record('How long evaluating it takes, sampled by the background scan.', {
    p50Micros: integer('Median, microseconds.', { minimum: 0 }),
    p99Micros: integer('99th percentile, microseconds.', { minimum: 0 }),
  }),
  typeChecking: record(
    'What checking the expressions against the schemas of the matched kinds found.',
    {
      expressionWarnings: list(
        'Expressions that look wrong for a kind; they hold as they are.',
        record(
          'One expression.',
          {
            fieldRef: text('Path of the field, e.g. spec.validations[0].expression.'),
            warning: text('For each kind: the kind and what is wrong.', { maxLength: 16384 }),
          },
          ['fieldRef', 'warning'],
        ),
        128,
      ),
    },
  ),
  conditions: conditions(),
});

export const rolloutPolicy: CustomResource = {
  plural: 'rolloutpolicies',
  kind: 'RolloutPolicy',
  shortName: 'rpol',
  scope: 'Cluster',
  description: 'A rule about changes, asked when an object is written and again at each gate.',
  properties: {
    spec: {
      ...spec,
      'x-kubernetes-validations': [
        {
          rule: '(has(self.validations) && size(self.validations) > 0) || (has(self.mutations) && size(self.mutations) > 0) || (has(self.auditAnnotations) && size(self.auditAnnotations) > 0)',
          message: 'validations, mutations or auditAnnotations must have an entry',
        },
        {
          rule: '!(has(self.paramKind) && has(self.paramsSchema))',
          message: 'paramKind and paramsSchema exclude each other',
        },
      ],
    },
    status,
  },
  required: ['spec'],
  columns: [
    { name: 'Severity', type: 'string', jsonPath: '.spec.severity' },
    { name: 'Evaluated at', type: 'string', jsonPath: '.spec.evaluateAt' },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: ".status.conditions[?(@.type=='Ready')].status",
    },
    { name: 'Denies now', type: 'integer', jsonPath: '.status.scan.denied' },
    { name: 'Audited now', type: 'integer', jsonPath: '.status.scan.audited', priority: 1 },
    { name: 'Title', type: 'string', jsonPath: '.spec.title', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};

const bindingSpec: Schema = {
  ...record(
    'Where and how strictly the policy holds.',
    {
      policyName: text('Name of the RolloutPolicy.', { minLength: 1, maxLength: 253 }),
      matchResources: matchResources('Narrows what the policy matches.'),
      validationActions: setOf(
        'What a violation does. Deny, Hold and Warn exclude each other; Hold means Deny where nothing can be held. Default Deny.',
        { type: 'string', enum: ['Deny', 'Hold', 'Warn', 'Audit'] },
        4,
      ),
      paramRef: record('Parameter objects; each of several must be satisfied.', {
        name: text('Name of the one object.', { maxLength: 253 }),
        namespace: text('Its namespace; absent: that of the request.', { maxLength: 63 }),
        selector: labelSelector('Selects several objects.'),
        parameterNotFoundAction: oneOf(['Allow', 'Deny'], 'What holds when there is none.'),
      }),
      params: anyObject('Parameters given in place.'),
      evaluateAt: evaluateAt("A subset of the policy's own moments."),
    },
    ['policyName'],
  ),
  'x-kubernetes-validations': [
    {
      rule: "!has(self.validationActions) || self.validationActions.filter(a, a != 'Audit').size() <= 1",
      message: 'Deny, Hold and Warn exclude each other',
    },
    {
      rule: '!(has(self.params) && has(self.paramRef))',
      message: 'params and paramRef exclude each other',
    },
    {
      rule: '!has(self.paramRef) || (has(self.paramRef.name) != has(self.paramRef.selector))',
      message: 'paramRef needs either name or selector',
    },
  ],
};

export const rolloutPolicyBinding: CustomResource = {
  plural: 'rolloutpolicybindings',
  kind: 'RolloutPolicyBinding',
  shortName: 'rpolb',
  scope: 'Cluster',
  description: 'Puts a RolloutPolicy into force.',
  properties: {
    spec: bindingSpec,
    status: record('What Sluice made of the binding.', {
      observedGeneration: integer('Generation that was read.', { minimum: 0 }),
      conditions: conditions(),
    }),
  },
  required: ['spec'],
  columns: [
    { name: 'Policy', type: 'string', jsonPath: '.spec.policyName' },
    { name: 'Actions', type: 'string', jsonPath: '.spec.validationActions' },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: ".status.conditions[?(@.type=='Ready')].status",
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
