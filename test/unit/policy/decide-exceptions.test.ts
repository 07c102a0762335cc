import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BudgetFact, ExceptionFact, Facts } from '../../../src/domain/decision.ts';
import type { RolloutPolicySpec } from '../../../src/domain/policy.ts';
import { decide } from '../../../src/policy/decide.ts';
import { canary, facts, gateFacts, snapshotOf } from './support.ts';

const spec = (more: Partial<RolloutPolicySpec> = {}): RolloutPolicySpec => ({
  evaluateAt: ['Admission', 'Scan', 'RolloutStart', 'TrafficIncrease', 'Promotion'],
  validations: [
    { name: 'one', expression: 'false', message: 'one is wrong' },
    { expression: 'false', message: 'two is wrong' },
  ],
  ...more,
});
const policy = (name: string, more: Partial<RolloutPolicySpec> = {}) => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name, generation: 1 },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['*'], apiVersions: ['*'], operations: ['*' as const], resources: ['*'] },
      ],
    },
    ...spec(more),
  },
});
const binding = (
  policyName: string,
  validationActions?: ('Deny' | 'Hold' | 'Warn' | 'Audit')[],
) => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: policyName },
  spec: { policyName, ...(validationActions === undefined ? {} : { validationActions }) },
});
const exception = (more: Partial<ExceptionFact> = {}): ExceptionFact => ({
  namespace: 'sluice-system',
  name: 'x',
  type: 'Exception',
  policies: [{ name: 'p' }],
  expiresAt: '2999-01-01T00:00:00Z',
  inForce: true,
  reviewOverdue: false,
  ...more,
});
const outcome = (
  exceptions: readonly ExceptionFact[],
  more: Partial<Facts> = {},
  given = policy('p'),
) => decide(snapshotOf([given], [binding('p')]), facts({ exceptions, ...more }));
const actions = (decision: ReturnType<typeof outcome>) =>
  decision.violations.map(
    ({ action, exception: by }) => `${action}${by === undefined ? '' : ` ${by}`}`,
  );

describe('an Exception', () => {
  it('leaves the violation as a record that names it', () => {
    const decision = outcome([exception()]);
    expect(decision).toMatchObject({
      verdict: 'allow',
      warnings: [],
      violations: [
        { validation: 'one', action: 'Audit', exception: 'sluice-system/x' },
        { validation: '1', action: 'Audit', exception: 'sluice-system/x' },
      ],
    });
    expect(JSON.parse(decision.auditAnnotations['sluice.dev/exceptions'] ?? '')).toEqual([
      { exception: 'sluice-system/x', policy: 'p', validation: 'one' },
      { exception: 'sluice-system/x', policy: 'p', validation: '1' },
    ]);
  });

  it.each<[name: string, more: Partial<ExceptionFact>, left: string[]]>([
    [
      'by name',
      { policies: [{ name: 'p', validations: ['one'] }] },
      ['Audit sluice-system/x', 'Deny'],
    ],
    [
      'by index',
      { policies: [{ name: 'p', validations: ['1'] }] },
      ['Deny', 'Audit sluice-system/x'],
    ],
    [
      'by the index of a named one',
      { policies: [{ name: 'p', validations: ['0'] }] },
      ['Audit sluice-system/x', 'Deny'],
    ],
    ['of another policy', { policies: [{ name: 'q' }] }, ['Deny', 'Deny']],
    ['of no validation', { policies: [{ name: 'p', validations: [] }] }, ['Deny', 'Deny']],
    ['that is not in force', { inForce: false }, ['Deny', 'Deny']],
    ['that ended before this decision', { expiresAt: '2000-01-01T00:00:00Z' }, ['Deny', 'Deny']],
    ['that ends at no time', { expiresAt: 'never' }, ['Deny', 'Deny']],
  ])('%s', (_name, more, left) => {
    expect(actions(outcome([exception(more)]))).toEqual(left);
  });

  it('by what is the name of one validation and the index of another means the name', () => {
    const twisted = policy('p', {
      validations: [
        { name: '1', expression: 'false' },
        { name: 'b', expression: 'false' },
      ],
    });
    const named = exception({ policies: [{ name: 'p', validations: ['1'] }] });
    expect(actions(outcome([named], {}, twisted))).toEqual(['Audit sluice-system/x', 'Deny']);
  });

  it('is what turns a violation aside, whatever others there are', () => {
    const part = fc.record({
      type: fc.constantFrom('Exception', 'Emergency'),
      policies: fc.subarray(['p', 'q'], { minLength: 1 }),
      validations: fc.option(fc.subarray(['one', '0', '1'])),
      condition: fc.constantFrom(undefined, 'true', 'false', 'object.nothing'),
      inForce: fc.boolean(),
      minutes: fc.integer({ min: -1, max: 1 }),
    });
    const given = [policy('p', { emergency: 'Allowed' }), policy('q')];
    const snapshot = snapshotOf(given, [binding('p'), binding('q')]);
    const now = Date.parse(facts().now);
    const property = fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const exceptions = parts.map((each, index) =>
        exception({
          name: `x${index}`,
          type: each.type as 'Exception',
          policies: each.policies.map((name) => ({
            name,
            ...(each.validations === null ? {} : { validations: each.validations }),
          })),
          ...(each.condition === undefined
            ? {}
            : { conditions: [{ name: 'c', expression: each.condition }] }),
          inForce: each.inForce,
          expiresAt: new Date(now + each.minutes * 60_000).toISOString(),
        }),
      );
      const { violations } = decide(snapshot, facts({ exceptions }));
      for (const { policy: name, validation, action, exception: by } of violations) {
        const isCovered = (each: (typeof parts)[number]): boolean =>
          each.inForce &&
          each.minutes > 0 &&
          (each.condition === undefined || each.condition === 'true') &&
          each.policies.includes(name) &&
          (each.type === 'Exception' || name === 'p') &&
          (each.validations === null ||
            each.validations.includes(validation === 'one' ? '0' : '1') ||
            each.validations.includes(validation));
        const first = parts.findIndex(isCovered);
        expect(by).toBe(first < 0 ? undefined : `sluice-system/x${first}`);
        const left = parts[first]?.type === 'Exception' ? 'Audit' : 'Warn';
        expect(action).toBe(first < 0 ? 'Deny' : left);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('ends at the very instant that it names', () => {
    const now = '2026-03-02T12:00:00.000000001Z';
    const until = (expiresAt: string) => actions(outcome([exception({ expiresAt })], { now }))[0];
    expect(until('2026-03-02T12:00:00.000000001Z')).toBe('Deny');
    expect(until('2026-03-02T12:00:00.000000002Z')).toBe('Audit sluice-system/x');
  });

  it('does not combine with another one beyond the scope of each', () => {
    const first = exception({
      policies: [{ name: 'p', validations: ['one'] }],
      conditions: [{ name: 'web', expression: "object.metadata.name == 'other'" }],
    });
    const second = exception({ name: 'y', policies: [{ name: 'q' }] });
    expect(actions(outcome([first, second]))).toEqual(['Deny', 'Deny']);
    const third = exception({ name: 'z', policies: [{ name: 'p', validations: ['1'] }] });
    expect(actions(outcome([first, second, third]))).toEqual(['Deny', 'Audit sluice-system/z']);
  });

  it('turns aside an error of what it excepts', () => {
    const broken = policy('p', { validations: [{ expression: 'object.spec.nothing == 1' }] });
    expect(actions(outcome([exception()], {}, broken))).toEqual(['Audit sluice-system/x']);
  });

  it('says the same at a gate and in the scan', () => {
    const snapshot = snapshotOf([policy('p')], [binding('p')]);
    const exceptions = [exception()];
    expect(decide(snapshot, gateFacts('Promotion', { exceptions })).verdict).toBe('allow');
    expect(decide(snapshot, facts({ exceptions, callSite: 'Scan' })).verdict).toBe('allow');
  });
});

describe('the conditions of an exception', () => {
  const when = (...expressions: string[]) =>
    outcome([
      exception({
        conditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
      }),
    ]);

  it.each([
    [["object.metadata.name == 'checkout'"], true],
    [["object.metadata.name == 'checkout'", 'request.operation == "CREATE"'], true],
    [["object.metadata.name == 'checkout'", 'false'], false],
    [["namespaceObject == null || namespaceObject.metadata.name != ''"], true],
    [['now > timestamp("2000-01-01T00:00:00Z")'], true],
  ])('%j', (expressions, excepts) => {
    const decision = when(...expressions);
    expect(decision.verdict).toBe(excepts ? 'allow' : 'deny');
    expect(decision.warnings).toEqual([]);
  });

  it.each([
    ['object.spec.nothing == 1', 'no such key'],
    ['object.', 'compilation error'],
    ['1', 'compilation error'],
    ['params.x', 'compilation error'],
    ['[1,2,3].all(a, [1,2,3].all(b, "x".matches("(")))', 'error'],
  ])('that has an error, %s, excepts nothing and is seen', (expression, problem) => {
    const decision = when(expression);
    expect(decision.verdict).toBe('deny');
    expect(decision.warnings).toHaveLength(1);
    expect(decision.warnings[0]).toMatch(
      /^exception sluice-system\/x excepts nothing: condition 'c0': /,
    );
    expect(decision.warnings[0]).toContain(problem);
    expect(decision.auditAnnotations['sluice.dev/exception-errors']).toBe('["sluice-system/x"]');
  });

  it('are not asked when nothing is violated', () => {
    const fine = policy('p', { validations: [{ expression: 'true' }] });
    const given = exception({ conditions: [{ name: 'c', expression: 'object.x' }] });
    expect(outcome([given], {}, fine).warnings).toEqual([]);
  });
});

describe('an Emergency', () => {
  const emergency = exception({ type: 'Emergency' });

  it('turns a denial into a warning that names it, where the policy allows it', () => {
    const allowing = policy('p', { emergency: 'Allowed' });
    const decision = outcome([emergency], {}, allowing);
    expect(decision.verdict).toBe('warn');
    expect(decision.warnings[0]).toBe(
      "Validation failed for RolloutPolicy 'p' with binding 'p': one is wrong (let through by emergency exception sluice-system/x)",
    );
    const gate = gateFacts('RolloutStart', { exceptions: [emergency] });
    expect(decide(snapshotOf([allowing], [binding('p', ['Hold'])]), gate).verdict).toBe('warn');
  });

  it.each([['Forbidden' as const], [undefined]])(
    'does nothing where the policy says %s',
    (word) => {
      const given = policy('p', word === undefined ? {} : { emergency: word });
      expect(actions(outcome([emergency], {}, given))).toEqual(['Deny', 'Deny']);
    },
  );
});

describe('an overdue review', () => {
  const overdue = exception({ type: 'Emergency', inForce: false, reviewOverdue: true });
  const NONE = snapshotOf([], []);
  const canaries = { group: 'flagger.app', version: 'v1beta1', resource: 'canaries' };
  const write = (more: Partial<Facts>, operation: 'CREATE' | 'UPDATE' | 'DELETE' = 'UPDATE') =>
    decide(NONE, {
      ...facts({ exceptions: [overdue], ...more }),
      request: { ...facts({}).request, operation, resource: canaries },
    });
  const other = { ...canary, spec: { ...canary.spec, skipAnalysis: true } } as never;
  const object = canary as never;

  it('denies the next forward change', () => {
    expect(write({ object, oldObject: other })).toMatchObject({
      verdict: 'deny',
      violations: [{ policy: 'PolicyException/sluice-system/x', action: 'Deny' }],
    });
    expect(write({ object, oldObject: null }, 'CREATE').verdict).toBe('deny');
    expect(decide(NONE, gateFacts('TrafficIncrease', { exceptions: [overdue] })).verdict).toBe(
      'hold',
    );
  });

  it('denies nothing else', () => {
    expect(write({ object, oldObject: object }).verdict).toBe('allow');
    expect(write({ object: null, oldObject: object }, 'DELETE').verdict).toBe('allow');
    expect(decide(NONE, facts({ exceptions: [overdue], callSite: 'Scan' })).verdict).toBe('allow');
    const given = gateFacts('TrafficIncrease', { exceptions: [overdue] });
    const rollout = given.rollout && { ...given.rollout, fromWeight: 50, toWeight: 10 };
    expect(decide(NONE, { ...given, rollout }).verdict).toBe('allow');
  });

  it('is about what the exception selected; with an error it may be about anything', () => {
    const about = (expression: string) => ({
      ...overdue,
      conditions: [{ name: 'c', expression }],
    });
    const at = (expression: string) =>
      decide(NONE, gateFacts('Promotion', { exceptions: [about(expression)] })).verdict;
    expect(at('false')).toBe('allow');
    expect(at('true')).toBe('hold');
    expect(at('object.nothing.at.all')).toBe('hold');
  });
});

describe('a budget', () => {
  const fact: BudgetFact = {
    namespace: 'shop',
    name: 'b',
    unit: 'percent',
    limit: 50,
    used: 40,
    requested: 20,
    granted: false,
    ahead: 1,
    weight: 20,
  };
  const NONE = snapshotOf([], []);

  it('that is used up holds at a gate, and says how much of it is', () => {
    expect(decide(NONE, gateFacts('TrafficIncrease', { budgets: [fact] }))).toMatchObject({
      verdict: 'hold',
      reservations: [{ budget: 'shop/b', weight: 20 }],
      violations: [
        {
          policy: 'RolloutBudget/shop/b',
          action: 'Hold',
          message: 'rollout budget shop/b: needs 20%, 40% of 50% in use; 1 waiting before it',
        },
      ],
    });
  });

  it('that has room reserves', () => {
    const granted = { ...fact, granted: true };
    const runs = { ...granted, unit: 'runs' as const };
    expect(decide(NONE, gateFacts('TrafficIncrease', { budgets: [granted, runs] }))).toMatchObject({
      verdict: 'allow',
      reservations: [{ budget: 'shop/b', weight: 20 }],
    });
    expect(decide(NONE, facts({ budgets: [fact] })).verdict).toBe('allow');
    expect(decide(NONE, gateFacts('Promotion'))).not.toHaveProperty('reservations');
  });

  it('never holds back a lower weight', () => {
    const given = gateFacts('TrafficIncrease', { budgets: [fact] });
    const rollout = given.rollout && { ...given.rollout, fromWeight: 50, toWeight: 10 };
    expect(decide(NONE, { ...given, rollout }).verdict).toBe('allow');
  });
});

describe('a validation that reads approvals', () => {
  const run = { namespace: 'shop', name: 'web-3' };
  const at = (more: Partial<RolloutPolicySpec>, given: Partial<Facts> = { run }) =>
    decide(snapshotOf([policy('p', more)], [binding('p', ['Hold'])]), gateFacts('Promotion', given))
      .violations[0];

  it('says who can open it', () => {
    const validations = [{ expression: 'rollout.approvals.size() > 0', message: 'no approval' }];
    const by = (changedBy: { username: string } | null) => {
      const { rollout } = gateFacts('Promotion');
      return at({ validations }, { run, rollout: rollout && { ...rollout, changedBy } });
    };
    expect(by({ username: 'ada' })).toMatchObject({
      approvable: true,
      message:
        'no approval; somebody else than the author with the right to approve rolloutruns.sluice.dev in namespace shop can open it: sluice approve web-3 -n shop',
    });
    expect(by(null)?.message).toMatch(/^no approval; two people with the right/);
    expect(at({ validations }, {})).toMatchObject({ approvable: true, message: 'no approval' });
  });

  it.each([
    ['rollout["approvals"].size() > 0', true],
    ['rollout.?approvals.orValue([]).size() > 0', true],
    ['variables.approved', true],
    ['variables.indirect', true],
    ['rollout.step > 100', false],
    ['variables.other', false],
    ['object.metadata.name == "rollout.approvals"', false],
  ])('%s', (expression, approvable) => {
    const variables = [
      { name: 'approved', expression: 'rollout.approvals.exists(a, a.action == "Approve")' },
      { name: 'indirect', expression: 'variables.approved || false' },
      { name: 'other', expression: 'rollout.step > 100' },
    ];
    const violation = at({ variables, validations: [{ expression }] });
    expect(violation?.approvable ?? false).toBe(approvable);
  });
});

describe('what is not current', () => {
  it('excepts and approves nothing, and stops nobody', () => {
    const freshness = { PolicyException: 'unknown', Approval: 'unknown' } as const;
    expect(decide(snapshotOf([], []), gateFacts('Promotion', { freshness })).verdict).toBe('allow');
  });

  it('of a budget holds', () => {
    const freshness = { RolloutBudget: 'unknown' } as const;
    expect(decide(snapshotOf([], []), gateFacts('Promotion', { freshness })).verdict).toBe('hold');
  });
});
