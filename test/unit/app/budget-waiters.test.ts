import { expect, test } from 'vitest';
import { wakeBudgetWaiters } from '../../../src/app/budget-waiters.ts';
import type { RolloutRun, RolloutRunStatus } from '../../../src/domain/run.ts';
import { runOf } from '../../support/plan-fixture.ts';
import { HandCache } from '../policy/support.ts';

const AT = '2026-01-01T11:00:00Z';
const WAITING: Partial<RolloutRunStatus> = {
  phase: 'Held',
  held: { gate: 'TrafficIncrease', since: AT, reasons: ['budget'], budgets: ['shop/all'] },
};

test('what a run gives back wakes those that wait, and nothing else does', () => {
  const cache = new HandCache<RolloutRun>();
  const woken: string[] = [];
  wakeBudgetWaiters(cache, (canary) => woken.push(canary));
  const put = (name: string, status: Partial<RolloutRunStatus>): string[] => {
    woken.splice(0);
    const run = runOf(status);
    const { subject } = run.spec;
    const named = {
      ...run,
      metadata: { ...run.metadata, name: `${name}-1` },
      spec: { ...run.spec, subject: { ...subject, name } },
    };
    cache.put(named);
    return [...woken];
  };
  const reservations = [{ budget: 'shop/all', weight: 60, at: AT }];
  expect(put('waits', WAITING)).toEqual([]);
  expect(put('holds', { reservations })).toEqual(['shop/waits']);
  expect(put('holds', { reservations, step: 2 })).toEqual([]);
  expect(put('other', {})).toEqual([]);
  expect(put('holds', { phase: 'Failed', reservations: [] })).toEqual(['shop/waits']);
  cache.remove('shop/waits-1');
  woken.splice(0);
  cache.remove('shop/other-1');
  expect(woken).toEqual([]);
});
