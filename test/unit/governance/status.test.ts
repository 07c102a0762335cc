import { describe, expect, it } from 'vitest';
import type { PolicyException } from '../../../src/domain/exception.ts';
import type { ChangeWindow, ChangeWindowSpec } from '../../../src/domain/window.ts';
import { budgetStatus } from '../../../src/governance/budget-status.ts';
import { conditionsWith } from '../../../src/governance/conditions.ts';
import { drawingRuns } from '../../../src/governance/drawing-run.ts';
import { exceptionStatus } from '../../../src/governance/exception-status.ts';
import { windowStatus } from '../../../src/governance/window-status.ts';
import { NOW, RULES, budget, exception, minutes, review } from './fixture.ts';

const nanos = (text: string): bigint => Temporal.Instant.from(text).epochNanoseconds;
const rules = {
  systemNamespace: 'sluice-system',
  exceptionNamespaces: [],
  reviewWithinMs: 24 * 3_600_000,
  identities: RULES,
  now: NOW,
  noticeMs: 30 * 60_000,
};
const words = (conditions: readonly { type: string; status: string; reason: string }[]) =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));

describe('conditions', () => {
  const before = [
    {
      type: 'A',
      status: 'True' as const,
      reason: 'Old',
      message: 'm',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
    {
      type: 'Other',
      status: 'True' as const,
      reason: 'R',
      message: 'm',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ];

  it('keep their time while the status stays, and those of others', () => {
    const at = { now: '2026-03-02T12:00:00.123Z', generation: 2 };
    const finding = (status: 'True' | 'False') => [
      { type: 'A', status, reason: 'New', message: 'n' },
    ];
    expect(conditionsWith(before, finding('True'), at)[0]?.lastTransitionTime).toBe(
      '2026-01-01T00:00:00Z',
    );
    expect(conditionsWith(before, finding('False'), at)).toMatchObject([
      { type: 'A', reason: 'New', lastTransitionTime: '2026-03-02T12:00:00Z' },
      { type: 'Other' },
    ]);
  });
});

describe('the status of an exception', () => {
  const statusOf = (given: PolicyException, approvals = [review(given, 'ada')], now = NOW) =>
    exceptionStatus(given, approvals, { ...rules, now });

  it('says why it is in force or not', () => {
    const cases: [PolicyException, ReturnType<typeof review>[], string][] = [
      [exception('x'), [], 'False AwaitingApproval'],
      [exception('x'), [review(exception('x'), 'ada')], 'True Approved'],
      [exception('x'), [review(exception('x'), 'ada', 'Reject')], 'False Rejected'],
      [exception('x', { expiresAt: minutes(-1) }), [], 'False Lapsed'],
      [exception('x', { type: 'Emergency' }), [], 'True Emergency'],
    ];
    for (const [given, approvals, said] of cases) {
      expect(words(statusOf(given, approvals).status.conditions ?? [])['InForce']).toBe(said);
    }
    const unstamped = structuredClone(exception('x'));
    delete unstamped.spec.requestedBy;
    expect(words(statusOf(unstamped).status.conditions ?? [])['InForce']).toBe('False Unstamped');
  });

  it('tells each thing once: that it is in force, ends soon, has ended', () => {
    let given = exception('x');
    const told: string[] = [];
    for (const minute of [0, 1, 30, 31, 60, 90]) {
      const plan = statusOf(given, [review(given, 'ada')], minutes(minute));
      told.push(...plan.told.map(({ reason }) => `${minute} ${reason}`));
      given = { ...given, status: plan.status };
    }
    expect(told).toEqual(['0 ExceptionInForce', '30 ExceptionExpiring', '60 ExceptionLapsed']);
  });

  it('tells of an emergency that nobody reviewed, and names the instants at which to look', () => {
    const given = exception('x', {
      type: 'Emergency',
      reviewWithin: '2h',
      expiresAt: minutes(-10),
    });
    expect(statusOf(given, []).instants).toContain(nanos(minutes(60)));
    const plan = statusOf(given, [], minutes(60));
    expect(words(plan.status.conditions ?? [])['ReviewOverdue']).toBe('True Overdue');
    expect(plan.told.map(({ reason }) => reason)).toContain('EmergencyReviewOverdue');
    const reviewed = statusOf(given, [review(given, 'ada')], minutes(60));
    expect(words(reviewed.status.conditions ?? [])['ReviewOverdue']).toBe('False Reviewed');
    expect(words(statusOf(exception('x')).status.conditions ?? [])).not.toHaveProperty(
      'ReviewOverdue',
    );
  });

  it('does not say of one that is not in force that it ends soon', () => {
    const plan = statusOf(exception('x', { expiresAt: minutes(10) }), []);
    expect(words(plan.status.conditions ?? [])['Expiring']).toBe('False NotSoon');
  });

  it('is the same again when nothing happened', () => {
    const given = exception('x');
    const { status } = statusOf(given);
    const again = statusOf({ ...given, status }, undefined, minutes(1));
    expect(again).toMatchObject({ status, told: [] });
  });
});

describe('the status of a window', () => {
  const window = (schedule: ChangeWindowSpec['schedule']): ChangeWindow => ({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'ChangeWindow',
    metadata: { name: 'w', namespace: 'shop', generation: 4 },
    spec: { type: 'Deny', schedule },
  });

  it.each<
    [
      name: string,
      schedule: ChangeWindowSpec['schedule'],
      active: string[] | undefined,
      word: string,
    ]
  >([
    ['now', { from: minutes(-5), to: minutes(5) }, [minutes(-5), minutes(5)], 'True Now'],
    ['later', { from: minutes(5), to: minutes(9) }, [minutes(5), minutes(9)], 'False Later'],
    ['over', { from: minutes(-9), to: minutes(-5) }, undefined, 'False Over'],
    [
      'each night',
      {
        rrule: 'FREQ=DAILY;BYHOUR=22;BYMINUTE=0;BYSECOND=0',
        durationMinutes: 240,
        timeZone: 'Europe/Oslo',
      },
      ['2026-03-02T21:00:00Z', '2026-03-03T01:00:00Z'],
      'False Later',
    ],
    [
      'that cannot be read',
      { rrule: 'FREQ=SOMETIMES', durationMinutes: 1, timeZone: 'UTC' },
      undefined,
      'Unknown Unreadable',
    ],
  ])('%s', (_name, schedule, active, word) => {
    const { status, instants } = windowStatus(window(schedule), NOW);
    expect(status.active?.map(nanos)).toEqual(active?.map(nanos));
    expect(words(status.conditions ?? [])['Active']).toBe(word);
    expect(status.observedGeneration).toBe(4);
    expect(instants).toEqual((active ?? []).map(nanos));
  });
});

describe('the status of a budget', () => {
  it('says what draws on it, who waits and whose share is none', () => {
    const run = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutRun',
      metadata: { name: 'web-1', namespace: 'shop' },
      spec: {} as never,
    };
    const runs = drawingRuns([run], () => ({
      labels: {},
      annotations: { 'sluice.dev/traffic-share': 'most' },
      namespaceLabels: {},
    }));
    const { status } = budgetStatus(budget('b', { maxConcurrent: 1 }), runs, rules);
    expect(status).toMatchObject({ running: 0, exposurePercent: 0, waiting: [] });
    expect(words(status.conditions ?? [])).toEqual({
      SharesReadable: 'False CountedAsAll',
      Exhausted: 'False NobodyWaits',
    });
    expect(JSON.stringify(status)).toContain('shop/web-1');
  });
});
