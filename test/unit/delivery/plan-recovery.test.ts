import { expect, test } from 'vitest';
import { told, planOf, runOf, OPEN, type Situation } from '../../support/plan-fixture.ts';
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
