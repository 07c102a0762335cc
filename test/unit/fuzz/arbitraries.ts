import fc from 'fast-check';

/** Each property runs the same inputs every time, and ends early rather than slowing everybody down. */
export const BOUNDS = { seed: 20_260_101, interruptAfterTimeLimit: 8_000 };

const SNIPPETS = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '&a ',
  '*a',
  '!!str ',
  '|',
  '>-',
  '"',
  "'",
  '#',
  '---\n',
  '...\n',
  '\t',
  '\n',
  '\r\n',
  '\u0000',
  '\uFEFF',
  '\uD800',
  '😀',
  '~',
  'null',
  'true',
  '.inf',
  '.nan',
  '0x1F',
  '-0',
  '1e400',
  '99999999999999999999',
  '2026-01-01',
  '__proto__: x',
  'constructor: 1',
  '<<: *a',
  '? a',
  '%YAML 1.2\n',
  '{a: &b [*b]}',
  '((((',
  '$$',
  '\\',
  '%s',
  'apiVersion: v1\n',
  'kind: List\n',
  'spec: []\n',
  'metadata: 3\n',
  'expression: 3\n',
  'variables.x',
  'rollout.a',
  '&& ',
];

type Edit = readonly [at: number, cut: number, snippet: string];
const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(30),
  fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ maxLength: 8 })),
);

/** A real text with a few places broken. */
export function brokenText(sources: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...sources), fc.array(edit, { minLength: 1, maxLength: 5 }))
    .map(([source, edits]) => edits.reduce(applied, source));
}

function applied(text: string, [place, cut, snippet]: Edit): string {
  const at = Math.floor(place * text.length);
  return text.slice(0, at) + snippet + text.slice(at + cut);
}

/** Any JSON value, not too large. */
export const anyJson = fc.jsonValue({ maxDepth: 3 });

/**
 * A document of the right form in which any member may be any value.
 * @param shape members whose values are replaced now and then
 */
export function bent(shape: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const members = Object.entries(shape).map(([key, value]) => {
    const right = isShape(value)
      ? bent(value)
      : Array.isArray(value)
        ? bentList(value)
        : fc.constant(value);
    return [
      key,
      fc.oneof({ weight: 8, arbitrary: right }, { weight: 1, arbitrary: anyJson }),
    ] as const;
  });
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}

function bentList(items: readonly unknown[]): fc.Arbitrary<unknown> {
  const item = items.map((each) => (isShape(each) ? bent(each) : fc.constant(each)));
  return fc.array(fc.oneof(...item, anyJson), { maxLength: 4 });
}

function isShape(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const criteria = {
  namespaceSelector: {
    matchLabels: { a: 'b' },
    matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }],
  },
  resourceRules: [
    {
      apiGroups: ['apps'],
      apiVersions: ['*'],
      resources: ['deployments'],
      operations: ['CREATE', '*'],
    },
  ],
};

/** A policy of the right form. */
export const POLICY_SHAPE = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'p', annotations: { 'sluice.dev/lint-ignore': 'SL5001' } },
  spec: {
    evaluateAt: ['Admission', 'Promotion'],
    severity: 'high',
    matchConstraints: criteria,
    matchConditions: [{ name: 'm', expression: 'rollout != null' }],
    variables: [
      { name: 'v', expression: 'object.spec' },
      { name: 'w', expression: 'variables.v' },
    ],
    validations: [
      { expression: 'variables.w.replicas > 1', message: 'm' },
      {
        name: 'x',
        expression: "object.a.matches('a$b') || rollout.step > 1",
        messageExpression: "'a' + string(object.a)",
      },
    ],
    mutations: [
      {
        patchType: 'JSONPatch',
        jsonPatch: { expression: '[JSONPatch{op: "add", path: "/a", value: 1}]' },
      },
    ],
    auditAnnotations: [{ key: 'k', valueExpression: "'x'" }],
    failurePolicy: 'Ignore',
  },
};

export const BINDING_SHAPE = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'b' },
  spec: {
    policyName: 'p',
    validationActions: ['Deny', 'Audit'],
    evaluateAt: ['Scan'],
    matchResources: criteria,
    params: { a: 1 },
  },
};

export const WINDOW_SHAPE = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'ChangeWindow',
  metadata: { name: 'w', namespace: 'n' },
  spec: {
    type: 'Allow',
    schedule: {
      rrule: 'FREQ=WEEKLY;BYDAY=MO',
      durationMinutes: 60,
      timeZone: 'Europe/Berlin',
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-02T00:00:00Z',
    },
    gates: ['Promotion'],
    inFlight: 'Hold',
  },
};
