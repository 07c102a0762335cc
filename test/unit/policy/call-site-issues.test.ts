import { describe, expect, it } from 'vitest';
import type { RolloutPolicy, RolloutPolicySpec } from '../../../src/domain/policy.ts';
import { callSiteIssues } from '../../../src/policy/call-site-issues.ts';

const policy = (expression: string, spec: RolloutPolicySpec = {}): RolloutPolicy => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'p' },
  spec: {
    evaluateAt: ['Admission', 'RolloutStart', 'TrafficIncrease', 'Promotion'],
    validations: [{ expression }],
    ...spec,
  },
});

describe('expressions at gates', () => {
  it.each([
    'rollout == null || rollout.toWeight - rollout.fromWeight <= 10',
    'rollout == null || rollout.gate in ["Promotion", "RolloutStart"]',
    'rollout == null || timestamp(rollout.startedAt) + duration("1h") < now',
    'rollout == null || rollout.metrics.all(m, m.value == null || m.value < 0.5 && m.value < 1)',
    'rollout == null || rollout.approvals.exists(a, a.approver.username != rollout.changedBy.username)',
    'rollout == null || rollout.?budget.?used.orValue(0) < 3',
    'rollout == null || has(rollout.windows.nextOpen) && rollout.windows.open',
    'rollout == null || rollout.images.all(i, i.?digest.hasValue())',
    'rollout == null || rollout.exceptions.all(e, e.type == "Emergency")',
  ])('may use what rollout has: %s', (expression) => {
    expect(callSiteIssues(policy(expression), [])).toEqual([]);
  });

  it.each([
    ['rollout.fromWeigth > 1', "undefined field 'fromWeigth'; did you mean fromWeight?"],
    ['has(rollout.nothingLikeIt)', "undefined field 'nothingLikeIt'"],
    ['rollout.images.all(i, i.tag == "x")', "undefined field 'tag'"],
    [
      'rollout.toWeight == "all"',
      "found no matching overload for '_==_' applied to '(int, string)'",
    ],
  ])('may use nothing else: %s', (expression, message) => {
    expect(callSiteIssues(policy(expression), [])).toEqual([
      {
        field: 'spec.validations[0].expression',
        line: 1,
        column: expect.any(Number) as number,
        message: `at RolloutStart, TrafficIncrease, Promotion: ${message}`,
      },
    ]);
  });

  it('are not checked where no gate asks', () => {
    const nowhere = policy('rollout.nope == 1', { evaluateAt: ['Admission', 'Scan'] });
    expect(callSiteIssues(nowhere, [])).toEqual([]);
    const byDefault = { ...nowhere, spec: { validations: nowhere.spec.validations ?? [] } };
    expect(callSiteIssues(byDefault, [])).toEqual([]);
  });

  it('are not told twice what is wrong wherever they stand', () => {
    const known = [
      {
        field: 'spec.validations[0].expression',
        line: 1,
        column: 1,
        message: "undeclared reference to 'objekt' (in container '')",
      },
    ];
    expect(callSiteIssues(policy('objekt.a == 1'), known)).toEqual([]);
  });

  it('are all looked at: variables, conditions, messages', () => {
    const broken = policy('true', {
      variables: [{ name: 'w', expression: 'rollout.weigth' }],
      matchConditions: [{ name: 'c', expression: 'rollout.phaze == "x"' }],
      validations: [{ expression: 'variables.w > 1', messageExpression: 'rollout.revison' }],
    });
    expect(callSiteIssues(broken, []).map(({ field }) => field)).toEqual([
      'spec.variables[0].expression',
      'spec.matchConditions[0].expression',
      'spec.validations[0].messageExpression',
    ]);
  });
});
