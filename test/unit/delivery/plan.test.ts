import { describe, expect, test } from 'vitest';
import type { PrimaryObservation, TargetObservation } from '../../../src/delivery/observation.ts';
import {
  CLOSED,
  NEW_REVISION,
  NOW,
  OLD_REVISION,
  OPEN,
  PASSED,
  planOf,
  REFUSED,
  roundId,
  runOf,
  told,
  type Situation,
} from '../../support/plan-fixture.ts';

const ZERO = { primary: 100, canary: 0, mirrored: false };
const HALF = { primary: 40, canary: 60, mirrored: false };
const GATE_40 = 'gate/TrafficIncrease/40';
const target: TargetObservation = {
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' } },
  replicas: 2,
  available: 2,
  readiness: { state: 'ready' },
  revision: NEW_REVISION,
  images: [],
  changedBy: null,
};
const primary: PrimaryObservation = {
  ...target,
  revision: OLD_REVISION,
  samePods: false,
  leftBehind: false,
};
const ROLLBACK_HOOK = { name: 'r', url: 'http://x', type: 'rollback' } as const;
const ROLLOUT_HOOK = { name: 'r', url: 'http://x', type: 'rollout' } as const;
const route = { present: true, drifted: false, weights: ZERO };

const waiting = (
  gate: 'RolloutStart' | 'TrafficIncrease' | 'Promotion',
  hook?: string,
): ReturnType<typeof runOf> => {
  const run = runOf();
  if (run.status === undefined) return run;
  const atStart = gate === 'RolloutStart';
  const steps = run.status.steps.map((step) => ({
    ...step,
    action: atStart ? 'wait' : step.action,
  }));
  const by = hook === undefined ? {} : { hook };
  const held = { gate, since: '2026-01-01T11:00:00Z', reasons: ['closed'], ...by };
  return runOf({ phase: 'Held', held, steps, ...(atStart ? { step: 0, weights: ZERO } : {}) });
};
const pending = runOf({ phase: 'Pending', steps: [], weights: ZERO, step: 0 });
const settled = { phase: 'Initialized', canaryWeight: 0, lastAppliedSpec: OLD_REVISION } as const;

const TABLE: readonly (readonly [
  name: string,
  situation: Situation,
  expected: readonly string[],
])[] = [
  // A new Canary
  [
    'new: begins',
    { run: undefined, status: { phase: '', canaryWeight: 0 } },
    ['status Initializing 0'],
  ],
  [
    'new with revertOnDeletion: takes its finalizer first',
    { run: undefined, status: { phase: '', canaryWeight: 0 }, spec: { revertOnDeletion: true } },
    ['finalizer set', 'status Initializing 0'],
  ],
  [
    'initialising: asks whether the metric servers answer',
    { run: undefined, status: { phase: 'Initializing' } },
    ['ask probe'],
  ],
  [
    'initialising without primary: makes it',
    {
      run: undefined,
      status: { phase: 'Initializing', canaryWeight: 0 },
      observation: { primary: undefined },
      answers: { probe: { kind: 'probe' } },
    },
    ['services', 'event Normal all the metrics providers are available!', 'createPrimary'],
  ],
  // A change
  [
    'settled, the target as promoted: nothing',
    {
      run: undefined,
      status: settled,
      observation: {
        route,
        target: { ...target, revision: OLD_REVISION },
        primary: { ...primary, samePods: true },
      },
    },
    [],
  ],
  [
    'settled, the primary has other pods than were promoted: says so',
    {
      run: undefined,
      status: settled,
      observation: { route, target: { ...target, revision: OLD_REVISION } },
    },
    [
      'status Initialized 0',
      'event Warning Deployment app-primary.shop is not what was promoted any more; the next promotion overwrites the change',
    ],
  ],
  [
    'settled, somebody gave the canary a share: takes it back',
    { run: undefined, status: { ...settled, phase: 'Failed' } },
    [
      'route 0',
      'event Warning Canary weight of app.shop was raised to 20 by somebody else and is taken back',
    ],
  ],
  [
    'settled, a share that was raised while the primary has no pods: stays',
    {
      run: undefined,
      status: { ...settled, phase: 'Failed', lastAppliedSpec: NEW_REVISION },
      observation: { primary: { ...primary, available: 0 } },
    },
    [],
  ],
  [
    'settled by another controller with all traffic on the canary: left alone',
    {
      run: undefined,
      status: { phase: 'Failed', canaryWeight: 100, lastAppliedSpec: '99dc84b6f' },
      observation: { route: { ...route, weights: { ...ZERO, primary: 0, canary: 100 } } },
    },
    ['create run 2'],
  ],
  [
    'settled, another revision: a run',
    { run: undefined, status: settled, observation: { route } },
    ['create run 2'],
  ],
  [
    'settled, the revision that failed: nothing',
    {
      run: undefined,
      status: { ...settled, phase: 'Failed', lastAppliedSpec: NEW_REVISION },
      observation: { route },
    },
    [],
  ],
  // The start
  [
    'pending: asks the gate',
    { run: pending, status: settled, observation: { route } },
    ['ask gate/RolloutStart/0'],
  ],
  [
    'pending, gate open: scales up',
    {
      run: pending,
      status: settled,
      observation: { route, target: { ...target, replicas: 0 } },
      answers: { 'gate/RolloutStart/0': OPEN },
    },
    [
      'run Progressing 0',
      'scale 2',
      'status Progressing 0',
      'event Normal New revision detected! Scaling up app.shop',
    ],
  ],
  [
    'pending, gate closed: waits',
    {
      run: pending,
      status: settled,
      observation: { route },
      answers: { 'gate/RolloutStart/0': CLOSED },
    },
    [
      'run Held 0',
      'status Waiting 0',
      'event Warning Halt app.shop advancement gate RolloutStart is closed: the gate answered hold, next open 2026-01-01T14:00:00Z',
    ],
  ],
  [
    'waiting, the round due: asks again',
    {
      run: waiting('RolloutStart'),
      status: { ...settled, phase: 'Waiting' },
      observation: { route },
    },
    ['ask gate/RolloutStart/0'],
  ],
  // A round
  ['round: asks its gate', {}, [`ask ${GATE_40}`]],
  [
    'round, gate open: the next step',
    { answers: { [GATE_40]: OPEN } },
    [
      'run Progressing 40',
      'route 40',
      'status Progressing 40',
      'event Normal Advance app.shop canary weight 40',
    ],
  ],
  [
    'round, gate closed: the weight stays',
    { answers: { [GATE_40]: CLOSED } },
    [
      'run Held 20',
      'status Progressing 20',
      'event Warning Halt app.shop advancement gate TrafficIncrease is closed: the gate answered hold, next open 2026-01-01T14:00:00Z',
    ],
  ],
  [
    'round at the end: asks the gate Promotion',
    {
      run: runOf({ weights: HALF }),
      status: { canaryWeight: 60 },
      observation: { route: { ...route, weights: HALF } },
    },
    ['ask gate/Promotion/60'],
  ],
  [
    'round at the end, gate open: promotes',
    {
      run: runOf({ weights: HALF }),
      status: { canaryWeight: 60 },
      observation: { route: { ...route, weights: HALF } },
      answers: { 'gate/Promotion/60': OPEN },
    },
    [
      'run Promoting 60',
      'keepPrevious',
      'promote',
      'status Promoting 60',
      'event Normal Copying app.shop template spec to app-primary.shop',
    ],
  ],
  [
    'round with too many failed checks: rolls back without a gate',
    { run: runOf({ failedChecks: 2 }), status: { failedChecks: 2 } },
    [
      'run Failed 0',
      'route 0',
      'scale 0',
      'status Failed 0',
      'event Warning Rolling back app.shop failed checks threshold reached 2',
      'event Warning Canary failed! Scaling down app.shop',
      'finished',
    ],
  ],
  [
    'round with too many checks without answer: rolls back',
    { run: runOf({ unknownChecks: 2 }) },
    [
      'run Failed 0',
      'route 0',
      'scale 0',
      'status Failed 0',
      'event Warning Rolling back app.shop failed checks threshold reached 2',
      'event Warning Canary failed! Scaling down app.shop',
      'finished',
    ],
  ],
  [
    'round, a primary without pods: a failed canary keeps its share',
    {
      run: runOf({ failedChecks: 2 }),
      status: { failedChecks: 2 },
      observation: { primary: { ...primary, available: 0 } },
    },
    [
      'run Failed 20',
      'status Failed 20',
      'event Warning Rolling back app.shop failed checks threshold reached 2',
      'event Warning Canary failed! Scaling down app.shop',
      'finished',
    ],
  ],
  [
    'round, canary not ready: waits',
    {
      observation: { target: { ...target, readiness: { state: 'progressing', message: 'soon' } } },
    },
    ['event Warning canary deployment app.shop not ready: soon'],
  ],
  [
    'round, gateway gone: holds',
    { observation: { problem: { reason: 'GatewayMissing', message: 'no gateway' } } },
    ['status Progressing 20', 'event Warning no gateway'],
  ],
  [
    'round, the share raised by hand: taken back',
    { observation: { route: { ...route, weights: HALF } } },
    [
      'run Progressing 20',
      'route 20',
      'event Warning Canary weight of app.shop was raised to 60 by somebody else and is taken back',
    ],
  ],
  [
    'round, target at zero: scaled up',
    { observation: { target: { ...target, replicas: 0 } } },
    [
      'run Progressing 0',
      'scale 2',
      'route 0',
      'status Progressing 0',
      'event Warning app.shop was scaled to zero by somebody else, its share goes to the primary',
    ],
  ],
  [
    'round without traffic, target at zero: scaled up',
    {
      run: runOf({ weights: ZERO }),
      status: { canaryWeight: 0 },
      observation: { route, target: { ...target, replicas: 0 } },
    },
    ['scale 2'],
  ],
  [
    'round, another strategy: the run is superseded',
    { analysis: { iterations: 3, stepWeight: 0 } },
    [
      'run Superseded 0',
      'route 0',
      'status Progressing 0',
      'event Normal Strategy changed to blue-green! Restarting analysis for app.shop',
    ],
  ],
  [
    'round, the spec asks for something that is not supported: the weight stays',
    { analysis: { mirror: true } },
    [
      'status Progressing 20',
      'event Warning provider gatewayapi:v1 cannot mirror traffic (analysis.mirror)',
    ],
  ],
  [
    'promoting, the target has moved on: its share goes to the primary',
    {
      run: runOf({ phase: 'Promoting' }),
      status: { phase: 'Promoting' },
      observation: {
        target: { ...target, revision: `sluice.v1:${'2'.repeat(64)}` },
        primary: { ...primary, revision: NEW_REVISION },
      },
    },
    [
      'run Promoting 0',
      'route 0',
      'status Promoting 0',
      'event Normal Routing all traffic to primary',
    ],
  ],
  [
    'promoting, the target is gone before it was promoted: rolls back',
    {
      run: runOf({ phase: 'Promoting' }),
      status: { phase: 'Promoting' },
      observation: { target: undefined },
    },
    [
      'run Failed 0',
      'route 0',
      'status Failed 0',
      'event Warning Deployment app.shop not found',
      'event Warning Canary failed! Scaling down app.shop',
      'finished',
    ],
  ],
  [
    'promoting, the share was raised by hand: taken back',
    {
      run: runOf({ phase: 'Promoting' }),
      status: { phase: 'Promoting' },
      observation: { route: { ...route, weights: HALF } },
    },
    [
      'run Promoting 20',
      'route 20',
      'event Warning Canary weight of app.shop was raised to 60 by somebody else and is taken back',
    ],
  ],
  ['round, rollback hooks first', { analysis: { webhooks: [ROLLBACK_HOOK] } }, ['ask rollback']],
  [
    'round, rollback hook passed: rolls back',
    {
      analysis: { webhooks: [ROLLBACK_HOOK] },
      answers: { [roundId('rollback/0', ROLLBACK_HOOK)]: PASSED },
    },
    [
      'run Failed 0',
      'route 0',
      'scale 0',
      'status Failed 0',
      'event Warning Rollback check r passed',
      'event Warning Rolling back app.shop manual webhook invoked',
      'event Warning Canary failed! Scaling down app.shop',
      'finished',
    ],
  ],
  [
    'round, rollout hook refused: a failed check',
    {
      analysis: { webhooks: [ROLLOUT_HOOK] },
      answers: { [roundId('rollout/0', ROLLOUT_HOOK)]: REFUSED },
    },
    [
      'run Progressing 20',
      'status Progressing 20',
      'event Warning Halt app.shop advancement external check r failed HTTP 403',
    ],
  ],
  [
    'suspended: nothing but an event',
    { spec: { suspend: true } },
    ['event Normal skipping canary run as object is suspended'],
  ],
  // The target changes
  [
    'a newer revision: superseded',
    { observation: { target: { ...target, revision: `${NEW_REVISION.slice(0, -1)}2` } } },
    [
      'run Superseded 0',
      'route 0',
      'status Progressing 0',
      'event Normal New revision detected! Restarting analysis for app.shop',
    ],
  ],
  [
    'back to the promoted revision: aborted',
    { observation: { target: { ...target, revision: OLD_REVISION } } },
    [
      'run Aborted 0',
      'route 0',
      'scale 0',
      'status Failed 0',
      'event Warning Rolling back app.shop the target went back to the promoted revision',
    ],
  ],
  [
    'target gone: rolled back',
    { observation: { target: undefined } },
    [
      'run Failed 0',
      'route 0',
      'status Failed 0',
      'event Warning Deployment app.shop not found',
      'event Warning Canary failed! Scaling down app.shop',
      'finished',
    ],
  ],
  // Promotion
  [
    'promoting, primary ready: traffic goes back',
    {
      run: runOf({ phase: 'Promoting', weights: HALF }),
      status: { phase: 'Promoting', canaryWeight: 60 },
      observation: {
        route: { ...route, weights: HALF },
        primary: { ...primary, revision: NEW_REVISION },
      },
    },
    [
      'run Finalising 0',
      'route 0',
      'status Finalising 0',
      'event Normal Routing all traffic to primary',
    ],
  ],
  [
    'promoting, primary not ready: waits',
    {
      run: runOf({ phase: 'Promoting', weights: HALF }),
      status: { phase: 'Promoting', canaryWeight: 60 },
      observation: {
        route: { ...route, weights: HALF },
        primary: {
          ...primary,
          revision: NEW_REVISION,
          readiness: { state: 'progressing', message: 'soon' },
        },
      },
    },
    ['event Warning app-primary.shop not ready: soon'],
  ],
  [
    'promoting, primary stuck: asks before the canary gets everything',
    {
      run: runOf({ phase: 'Promoting', weights: HALF }),
      status: { phase: 'Promoting', canaryWeight: 60 },
      observation: {
        route: { ...route, weights: HALF },
        primary: {
          ...primary,
          revision: NEW_REVISION,
          readiness: { state: 'stuck', message: 'late' },
        },
      },
    },
    ['ask gate/TrafficIncrease/100'],
  ],
  [
    'finalising: the target goes to zero',
    {
      run: runOf({ phase: 'Finalising', weights: ZERO }),
      status: { phase: 'Finalising', canaryWeight: 0 },
      observation: { route, primary: { ...primary, revision: NEW_REVISION } },
    },
    [
      'run Succeeded 0',
      'scale 0',
      'status Succeeded 0',
      'event Normal Promotion completed! Scaling down app.shop',
      'finished',
    ],
  ],
  // The end
  [
    'ended: completes the record',
    {
      run: runOf({
        phase: 'Succeeded',
        weights: ZERO,
        outcome: { reason: 'Promoted', message: '', at: '2026-01-01T11:59:00Z' },
      }),
      status: { phase: 'Succeeded', canaryWeight: 0, lastPromotedSpec: NEW_REVISION },
      observation: { route, primary: { ...primary, revision: NEW_REVISION } },
    },
    ['run Succeeded 0', 'pruneRuns'],
  ],
  // What a killed process left
  [
    'intent to raise recorded, route not written: asks again',
    { run: runOf({ weights: { primary: 60, canary: 40, mirrored: false } }) },
    ['ask gate/TrafficIncrease/40'],
  ],
  [
    'intent to raise recorded, route written: the status follows',
    {
      run: runOf({ weights: { primary: 60, canary: 40, mirrored: false } }),
      observation: { route: { ...route, weights: { primary: 60, canary: 40, mirrored: false } } },
    },
    ['status Progressing 40', 'event Normal Advance app.shop canary weight 40'],
  ],
  [
    'intent to roll back recorded, nothing written: carried out',
    {
      run: runOf({
        phase: 'Failed',
        weights: ZERO,
        outcome: { reason: 'FailedChecks', message: '', at: '2026-01-01T11:59:00Z' },
      }),
    },
    ['route 0', 'scale 0', 'status Failed 0'],
  ],
  // Deletion
  ['deleted without our finalizer: nothing', { deleted: true }, []],
  // Repairs
  [
    'a drifted route keeps its weights',
    {
      observation: {
        route: { ...route, drifted: true, weights: { primary: 80, canary: 20, mirrored: false } },
      },
    },
    ['route 20', `ask ${GATE_40}`],
  ],
  [
    'the first look puts the Services right',
    { observation: { servicesUnseen: true } },
    ['services with apex', `ask ${GATE_40}`],
  ],
];

describe('planTick', () => {
  test.each(TABLE)('%s', (_name, situation, expected) => {
    expect(told(planOf(situation))).toEqual(expected);
  });

  test('is the same for the same arguments', () => {
    for (const [, situation] of TABLE) expect(planOf(situation)).toEqual(planOf(situation));
  });

  test('before the round is due nothing is asked', () => {
    const startedAt = new Date(NOW - 10_000).toISOString();
    const steps = (runOf().status?.steps ?? []).map((step) => ({ ...step, startedAt }));
    const plan = planOf({ run: runOf({ steps }) });
    expect(plan).toEqual({ actions: [], again: false, requeueAfterMs: 50_000 });
  });

  test('a hold is looked at again when the gate says it opens, if that is sooner than the interval', () => {
    const decision =
      CLOSED.kind === 'gate'
        ? { ...CLOSED.decision, nextOpen: new Date(NOW + 7000).toISOString() }
        : undefined;
    if (decision === undefined) throw new Error('not a gate');
    const plan = planOf({ answers: { [GATE_40]: { kind: 'gate', decision } } });
    expect(plan.requeueAfterMs).toBe(7000);
  });

  test('a hold by a hook is not taken for one by a gate', () => {
    const run = waiting('TrafficIncrease', 'h');
    const at = new Date(NOW - 1000).toISOString();
    const steps = (run.status?.steps ?? []).map((step) => ({ ...step, startedAt: at }));
    const held = { ...run, status: { ...run.status, steps } as NonNullable<typeof run.status> };
    expect(planOf({ run: held })).toEqual({ actions: [], again: false, requeueAfterMs: 59_000 });
  });
});
