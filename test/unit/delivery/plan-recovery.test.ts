import { expect, test } from 'vitest';
import { NOW, told, planOf, runOf, OPEN, type Situation } from '../../support/plan-fixture.ts';
import type { RolloutRun, Weights } from '../../../src/domain/run.ts';

const AT_20: Weights = { primary: 80, canary: 20, mirrored: false };
const AT_40: Weights = { primary: 60, canary: 40, mirrored: false };
const NOT_READY = { state: 'progressing', message: 'of a new pod' } as const;

/** A run that recorded a step from 20 to 40 percent; whether the route followed is for the situation to say. */
function raising(): RolloutRun {
  const run = runOf({ weights: AT_40, step: 2 });
  const last = run.status?.steps[0];
  if (run.status === undefined || last === undefined) throw new Error('the fixture has no step');
  return { ...run, status: { ...run.status, steps: [{ ...last, weight: 20 }, last] } };
}

function situation(observation: Situation['observation'], run = raising()): Situation {
  return { run, answers: { 'gate/TrafficIncrease/40': OPEN }, observation: { ...observation } };
}

function route(weights: Weights): { present: true; drifted: false; weights: Weights } {
  return { present: true, drifted: false, weights };
}

function target(readiness: { state: 'ready' } | typeof NOT_READY): Situation['observation'] {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' } };
  const revision = raising().spec.revision;
  const pods = { object, replicas: 2, available: 2, readiness, images: [], changedBy: null };
  return { target: { ...pods, revision } };
}

test('a raise that was recorded and not made is made past its gate', () => {
  const plan = planOf(situation({ route: route(AT_20) }));
  expect(told(plan)).toContain('route 40');
});

test('a raise that was recorded and not made is given up when the canary is not ready any more', () => {
  const plan = planOf(situation({ ...target(NOT_READY), route: route(AT_20) }));
  expect(told(plan)).toEqual(['run Progressing 20', 'status Progressing 20']);
});

test('a raise that was recorded and not made is given up when somebody lowered the share meanwhile', () => {
  const live: Weights = { primary: 100, canary: 0, mirrored: false };
  const plan = planOf(situation({ route: route(live) }));
  expect(told(plan)).toContain('run Progressing 0');
  expect(told(plan).filter((text) => text.startsWith('route'))).toEqual([]);
});

test('a share raised by hand is left while the primary has no pod to take it', () => {
  const primary = { ...podless(), readiness: NOT_READY };
  const plan = planOf({ observation: { primary, route: route(AT_40) } });
  expect(told(plan).filter((text) => text.startsWith('route'))).toEqual([]);
  expect(plan.again).toBe(false);
  const again = planOf({ observation: { route: route(AT_40) } });
  expect(told(again)).toContain('route 20');
});

function podless(): NonNullable<NonNullable<Situation['observation']>['primary']> {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app-primary' } };
  const revision = `sluice.v1:${'0'.repeat(64)}`;
  return {
    object,
    replicas: 2,
    available: 0,
    readiness: { state: 'ready' },
    revision,
    samePods: false,
    leftBehind: false,
  };
}

const ALL: Weights = { primary: 0, canary: 100, mirrored: false };
const NONE: Weights = { primary: 100, canary: 0, mirrored: false };
const OLD_REVISION = podless().revision ?? '';

test('the revision before a promotion that failed is a change, because the primary has left it', () => {
  const failed = runOf({
    phase: 'Failed',
    weights: ALL,
    outcome: { reason: 'PromotionFailed', message: '', at: '2026-01-01T11:00:00Z' },
    conditions: [
      {
        type: 'Completed',
        status: 'True',
        reason: 'PromotionFailed',
        message: '',
        lastTransitionTime: '2026-01-01T11:00:00Z',
      },
    ],
  });
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' } };
  const ready = { object, replicas: 2, available: 2, readiness: { state: 'ready' } } as const;
  const back = { ...ready, revision: OLD_REVISION, images: [], changedBy: null };
  const plan = (primary: string): string[] =>
    told(
      planOf({
        run: failed,
        status: { phase: 'Failed', canaryWeight: 100 },
        observation: {
          route: route(ALL),
          target: back,
          primary: { ...ready, revision: primary, samePods: false, leftBehind: false },
        },
      }),
    );
  expect(plan(failed.spec.revision)).toContain('create run 2');
  expect(plan(OLD_REVISION)).not.toContain('create run 2');
});

test('a share that somebody gave to the canary before a run began is taken back', () => {
  const pending = runOf({ phase: 'Pending', steps: [], step: 0, weights: NONE });
  const status = { phase: 'Initialized', canaryWeight: 0 } as const;
  const plan = planOf({ run: pending, status, observation: { route: route(ALL) } });
  expect(told(plan)).toContain('route 0');
});

test('a held run whose last round failed waits for the next one, whatever its gate says', () => {
  const at = new Date(NOW - 1000).toISOString();
  const held = { gate: 'TrafficIncrease', since: at, reasons: ['closed'] } as const;
  const run = runOf({
    phase: 'Held',
    held: { ...held, reasons: [...held.reasons] },
    failedChecks: 1,
  });
  const step = run.status?.steps[0];
  if (run.status === undefined || step === undefined) throw new Error('the fixture has no step');
  const measured = (verdict: 'pass' | 'fail'): RolloutRun => {
    const measurements = [{ name: 'rate', kind: 'metric', at, verdict } as const];
    return { ...run, status: { ...run.status, steps: [{ ...step, measurements }] } as never };
  };
  const status = { failedChecks: 1 };
  const asked = (verdict: 'pass' | 'fail'): boolean => {
    const { actions } = planOf({ run: measured(verdict), status });
    return actions.some(({ type }) => type === 'ask');
  };
  expect(asked('pass')).toBe(true);
  expect(asked('fail')).toBe(false);
});

test('without analysis a share that the primary cannot take stays until the primary has come up', () => {
  const plan = planOf({
    spec: { skipAnalysis: true },
    answers: { 'gate/Promotion/0': OPEN },
    observation: { primary: podless() },
  });
  expect(told(plan)[0]).toBe('run Promoting 20');
  expect(told(plan).filter((text) => text.startsWith('route'))).toEqual([]);
});

test('a share that was to go back waits for a primary that has lost its pods', () => {
  const run = runOf({ phase: 'Promoting', weights: NONE });
  const status = { phase: 'Progressing' } as const;
  const primary = { ...podless(), readiness: NOT_READY };
  const plan = planOf({ run, status, observation: { primary } });
  expect(told(plan).filter((text) => text.startsWith('route'))).toEqual([]);
  expect(told(planOf({ run, status }))).toContain('route 0');
});
