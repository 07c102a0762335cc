import { describe, expect, test } from 'vitest';
import type { Decision, Violation } from '../../../src/domain/decision.ts';
import type { RolloutRunStatus } from '../../../src/domain/run.ts';
import { giveBack, heldByBudgets, passGate } from '../../../src/delivery/reservations.ts';
import { CLOSED, NOW, OPEN, runOf } from '../../support/plan-fixture.ts';

const AT = '2026-01-01T11:00:00Z';

function statusOf(changes: Partial<RolloutRunStatus>): RolloutRunStatus {
  return runOf(changes).status as RolloutRunStatus;
}

function deciding(changes: Partial<Decision>): Decision {
  const { decision } = OPEN as { decision: Decision };
  return { ...decision, ...changes };
}

function violation(policy: string, action: Violation['action'] = 'Hold'): Violation {
  const nothing = { generation: 0, digest: '', binding: '', validation: '' };
  return { policy, ...nothing, action, message: 'no', reason: 'Forbidden' };
}

describe('reservations', () => {
  test('are recorded with the gate that was passed, one a budget', () => {
    const before = statusOf({
      reservations: [
        { budget: 'shop/a', weight: 0, at: AT },
        { budget: 'shop/b', weight: 10, at: AT },
      ],
    });
    const decision = deciding({ reservations: [{ budget: 'shop/a', weight: 60 }] });
    const after = passGate(before, 'TrafficIncrease', decision, NOW);
    expect(after.reservations).toEqual([
      { budget: 'shop/b', weight: 10, at: AT },
      { budget: 'shop/a', weight: 60, at: new Date(NOW).toISOString() },
    ]);
    expect(after.steps.at(-1)?.decisions.at(-1)?.gate).toBe('TrafficIncrease');
  });

  test('a gate that no budget concerns changes none', () => {
    const reservations = [{ budget: 'shop/a', weight: 60, at: AT }];
    const after = passGate(statusOf({ reservations }), 'Promotion', deciding({}), NOW);
    expect(after.reservations).toEqual(reservations);
  });

  test.each([
    ['Progressing', 60],
    ['Held', 60],
    ['Promoting', 20],
    ['Finalising', 20],
    ['Succeeded', undefined],
    ['Failed', undefined],
    ['Aborted', undefined],
    ['Superseded', undefined],
  ] as const)('at weight 20 of 60, %s keeps %s', (phase, kept) => {
    const reservations = [{ budget: 'shop/a', weight: 60, at: AT }];
    const { reservations: after } = giveBack(statusOf({ phase, reservations }));
    expect(after.map(({ weight }) => weight)).toEqual(kept === undefined ? [] : [kept]);
  });

  test('only budgets hold it when nothing else does', () => {
    const { decision } = CLOSED as { decision: Decision };
    const budgets = [violation('RolloutBudget/shop/a'), violation('RolloutBudget/shop/a')];
    const of = (violations: readonly Violation[]): string[] =>
      heldByBudgets({ ...decision, violations });
    expect(of(budgets)).toEqual(['shop/a']);
    expect(of([...budgets, violation('four-eyes', 'Warn')])).toEqual(['shop/a']);
    expect(of([...budgets, violation('four-eyes', 'Deny')])).toEqual([]);
    expect(of([])).toEqual([]);
  });
});
