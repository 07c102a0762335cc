import { describe, expect, test } from 'vitest';
import type { AlertAction, Plan } from '../../../src/delivery/action.ts';
import { alertFields } from '../../../src/delivery/alert-fields.ts';
import { withAlerts } from '../../../src/delivery/alerts.ts';
import type { PlanContext } from '../../../src/delivery/plan-context.ts';
import type {
  Canary,
  CanaryAnalysis,
  CanaryHook,
  CanaryPhase,
  CanaryStatus,
} from '../../../src/domain/canary.ts';
import type { RolloutRunStatus } from '../../../src/domain/run.ts';
import { canaryOf, runOf } from '../../support/plan-fixture.ts';

type Held = NonNullable<RolloutRunStatus['held']>;

interface Change {
  readonly from?: CanaryPhase;
  readonly to?: CanaryPhase;
  readonly was?: Partial<RolloutRunStatus>;
  readonly is?: Partial<RolloutRunStatus>;
  readonly webhooks?: CanaryHook[];
  readonly live?: number;
  readonly complaint?: string;
}

/** The alerts about a plan that changes this, as `severity text`. */
function alertsAbout({
  from = 'Progressing',
  to,
  was = {},
  is,
  webhooks = [],
  live = 20,
  complaint,
}: Change): AlertAction[] {
  const canary = canaryOf({}, { webhooks });
  const status: CanaryStatus = { phase: from, failedChecks: 0, canaryWeight: 0, iterations: 0 };
  const run = runOf(was);
  const weights = { primary: 100 - live, canary: live, mirrored: false };
  const obs = { canary, status, targetKind: 'Deployment', route: { weights } };
  const context = { spec: { strategy: 'canary' }, obs, now: 0 } as unknown as PlanContext;
  const recorded = { ...runOf(was).status, ...is } as RolloutRunStatus;
  const plan: Plan = {
    again: false,
    actions: [
      ...(is === undefined ? [] : [{ type: 'recordRun', status: recorded } as const]),
      ...(to === undefined
        ? []
        : [{ type: 'writeStatus', status: { ...status, phase: to } } as const]),
      ...(complaint === undefined
        ? []
        : [{ type: 'event', level: 'Warning', message: complaint, phase: from } as const]),
    ],
  };
  const { actions } = withAlerts(context, run, plan);
  expect(actions.slice(0, plan.actions.length)).toEqual(plan.actions);
  return actions.flatMap((action) => (action.type === 'alert' ? [action] : []));
}

const texts = (change: Change): string[] =>
  alertsAbout(change).map(({ severity, text }) => `${severity} ${text}`);
const outcome = (reason: string, message = 'why'): NonNullable<RolloutRunStatus['outcome']> => ({
  reason,
  message,
  at: '',
});
const held = (gate: Held['gate'], hook?: string): Partial<RolloutRunStatus> => ({
  phase: 'Held',
  held: { gate, since: '', reasons: [], ...(hook === undefined ? {} : { hook }) },
});

describe('beginnings', () => {
  test.each<[CanaryPhase, CanaryPhase, string[]]>([
    ['Initializing', 'Initialized', ['info New Deployment detected, initialization completed.']],
    ['', 'Initialized', ['info New Deployment detected, initialization completed.']],
    ['', 'Initializing', []],
    ...(['Initialized', 'Waiting', 'Succeeded', 'Failed'] as const).map(
      (from): [CanaryPhase, CanaryPhase, string[]] => [
        from,
        'Progressing',
        ['info New revision detected, progressing canary analysis.'],
      ],
    ),
    // A newer revision of one under analysis.
    ['Progressing', 'Progressing', []],
    ['WaitingPromotion', 'Progressing', []],
    ['Progressing', 'Promoting', []],
    ['Promoting', 'Finalising', []],
  ])('from %s to %s', (from, to, expected) => {
    expect(texts({ from, to })).toEqual(expected);
  });

  test('say what is rolled out, and how', () => {
    expect(alertsAbout({ from: 'Initialized', to: 'Progressing' })[0]?.fields).toBe(true);
    expect(alertsAbout({ from: 'Initializing', to: 'Initialized' })[0]?.fields).toBe(true);
  });
});

describe('ends', () => {
  test.each<[string, Partial<RolloutRunStatus>, string[]]>([
    [
      'a promotion',
      { phase: 'Succeeded', outcome: outcome('Promoted') },
      ['info Canary analysis completed successfully, promotion finished.'],
    ],
    [
      'one without analysis',
      { phase: 'Succeeded', outcome: outcome('AnalysisSkipped') },
      ['info Canary analysis was skipped, promotion finished.'],
    ],
    [
      'failed checks',
      { phase: 'Failed', failedChecks: 3, unknownChecks: 1, outcome: outcome('FailedChecks') },
      ['error Failed checks threshold reached 3'],
    ],
    [
      'checks without an answer',
      { phase: 'Failed', failedChecks: 1, unknownChecks: 3, outcome: outcome('NoData') },
      ['error Failed checks threshold reached 3'],
    ],
    [
      'a rollback hook',
      { phase: 'Failed', outcome: outcome('RollbackHook') },
      ['warn Rolling back manual webhook invoked'],
    ],
    [
      'the progress deadline, which Flagger tells nobody',
      { phase: 'Failed', outcome: outcome('ProgressDeadlineExceeded', 'canary not ready: 1 of 2') },
      ['error Progress deadline exceeded canary not ready: 1 of 2'],
    ],
    [
      'a primary that is stuck',
      { phase: 'Failed', outcome: outcome('PrimaryNotReady', 'podinfo-primary not ready: 1') },
      ['error Progress deadline exceeded podinfo-primary not ready: 1'],
    ],
    [
      'a promotion that did not come up',
      { phase: 'Failed', outcome: outcome('PromotionFailed', '1 of 2') },
      ['error Promotion failed, primary not ready: 1 of 2'],
    ],
    [
      'somebody’s abort',
      { phase: 'Aborted', outcome: outcome('Aborted', 'aborted by bob') },
      ['warn Rolling back aborted by bob'],
    ],
    [
      'somebody’s rejection',
      { phase: 'Failed', outcome: outcome('Rejected', 'rejected by bob') },
      ['warn Rolling back rejected by bob'],
    ],
    [
      'the deadline of a gate',
      { phase: 'Aborted', outcome: outcome('GateTimeout', 'gate Promotion was closed for long') },
      ['warn Rolling back gate Promotion was closed for long'],
    ],
    [
      'a promotion that somebody took back',
      { phase: 'Aborted', outcome: outcome('Aborted', 'aborted by bob after the promotion') },
      ['warn Rolling back aborted by bob after the promotion'],
    ],
    [
      'anything else',
      { phase: 'Failed', outcome: outcome('TargetMissing', 'Deployment a.b not found') },
      ['error Rolling back Deployment a.b not found'],
    ],
    ['a newer revision', { phase: 'Superseded', outcome: outcome('Superseded') }, []],
    ['the promoted revision', { phase: 'Aborted', outcome: outcome('Reverted') }, []],
  ])('%s', (_name, is, expected) => {
    const to = is.phase === 'Succeeded' ? 'Succeeded' : 'Failed';
    expect(texts({ to, is })).toEqual(expected);
    expect(alertsAbout({ to, is }).every(({ fields }) => !fields)).toBe(true);
  });

  const was: Partial<RolloutRunStatus> = {
    phase: 'Failed',
    failedChecks: 3,
    outcome: outcome('FailedChecks'),
  };

  test('when a failed write had kept the status from saying so, then', () => {
    expect(texts({ was, to: 'Failed' })).toEqual(['error Failed checks threshold reached 3']);
  });

  test('a promotion that is taken back after its end', () => {
    const promoted = { phase: 'Succeeded', outcome: outcome('Promoted') } as const;
    const is = { phase: 'Aborted', outcome: outcome('Aborted', 'aborted by bob') } as const;
    expect(texts({ from: 'Succeeded', to: 'Failed', was: promoted, is })).toEqual([
      'warn Rolling back aborted by bob',
    ]);
  });

  test('once', () => {
    expect(texts({ from: 'Failed', was, to: 'Failed' })).toEqual([]);
    expect(texts({ from: 'Failed', was, is: { conditions: [] } })).toEqual([]);
  });
});

describe('holds', () => {
  test.each<[string, Change, string[]]>([
    ['the start', { from: 'Succeeded', to: 'Waiting', is: held('RolloutStart', 'a') }, ['start']],
    ['a step', { is: held('TrafficIncrease', 'a') }, ['traffic']],
    ['the promotion', { to: 'WaitingPromotion', is: held('Promotion', 'a') }, ['promotion']],
    ['by a gate', { to: 'WaitingPromotion', is: held('Promotion') }, ['promotion']],
    [
      'each time again',
      { was: held('TrafficIncrease', 'a'), is: held('TrafficIncrease', 'a') },
      [],
    ],
    [
      'by one after the other',
      { was: held('RolloutStart', 'a'), is: held('RolloutStart', 'b') },
      [],
    ],
    [
      'at the next gate',
      { was: held('TrafficIncrease', 'a'), to: 'WaitingPromotion', is: held('Promotion', 'b') },
      ['promotion'],
    ],
    [
      'for a pause',
      { is: { ...held('TrafficIncrease'), paused: { by: 'bob', at: '' } } as never },
      [],
    ],
  ])('%s', (_name, change, expected) => {
    const words: Record<string, string> = {
      start: 'warn Canary is waiting for approval.',
      traffic: 'warn Canary traffic increase is waiting for approval.',
      promotion: 'warn Canary promotion is waiting for approval.',
    };
    expect(texts(change)).toEqual(expected.map((word) => words[word]));
  });

  const hook = (name: string, muteAlert: boolean): CanaryHook => ({
    name,
    url: 'http://x',
    muteAlert,
  });

  test('a hook may mute its own and no other', () => {
    const webhooks = [hook('gate', true), hook('gate-2', false)];
    expect(texts({ webhooks, is: held('TrafficIncrease', 'gate') })).toEqual([]);
    expect(texts({ webhooks, is: held('TrafficIncrease', 'gate-2') })).toHaveLength(1);
    const others = [hook('gate', false), hook('gate-2', true)];
    expect(texts({ webhooks: others, is: held('TrafficIncrease', 'gate') })).toHaveLength(1);
  });

  test('what follows a muted hold is told', () => {
    const webhooks = [hook('gate', true)];
    const was = held('TrafficIncrease', 'gate');
    expect(texts({ webhooks, was, is: held('TrafficIncrease') })).toHaveLength(1);
  });
});

describe('pre-rollout hooks, whose failures Flagger tells nobody', () => {
  const complaint = 'Halt app.shop advancement pre-rollout check smoke failed HTTP 500';
  const first = { step: 0, weights: { primary: 100, canary: 0, mirrored: false } };

  test('the first failure', () => {
    const change = { was: first, is: { ...first, failedChecks: 1 }, live: 0, complaint };
    expect(texts(change)).toEqual([`warn ${complaint}`]);
  });

  test('the first time without an answer', () => {
    const change = { was: first, is: { ...first, unknownChecks: 1 }, live: 0, complaint };
    expect(texts(change)).toEqual([`warn ${complaint}`]);
  });

  test('not the second', () => {
    const was = { ...first, failedChecks: 1 };
    expect(texts({ was, is: { ...first, failedChecks: 2 }, live: 0, complaint })).toEqual([]);
  });

  test('not the failures of other checks', () => {
    expect(texts({ is: { failedChecks: 1 }, complaint })).toEqual([]);
  });
});

describe('fields', () => {
  const valuesOf = (analysis: CanaryAnalysis, more: Partial<Canary['spec']> = {}): string[] =>
    alertFields(canaryOf(more, { stepWeight: 0, maxWeight: 0, ...analysis }), '', true).map(
      ({ name, value }) => `${name}: ${value}`,
    );

  test('the target, and the limits of the analysis', () => {
    expect(valuesOf({ threshold: 3 }, { progressDeadlineSeconds: 60 })).toEqual([
      'Target: Deployment/app.shop',
      'Failed checks threshold: 3',
      'Progress deadline: 60s',
    ]);
  });

  test('with what they are when nothing is said', () => {
    expect(valuesOf({ threshold: 0 }).slice(1)).toEqual([
      'Failed checks threshold: 1',
      'Progress deadline: 600s',
    ]);
  });

  test.each<[CanaryAnalysis, string | undefined]>([
    [{ stepWeight: 30, maxWeight: 60 }, 'Weight step: 30 max: 60'],
    [{ stepWeight: 30 }, 'Weight step: 30 max: 0'],
    [{ stepWeights: [1, 2, 10], maxWeight: 50 }, 'Weight steps: 1,2,10 max: 50'],
    [{ iterations: 3 }, 'Blue/Green'],
    [{ iterations: 3, match: [{}] }, 'A/B Testing'],
    [{ stepWeight: 10, match: [{}] }, 'Weight step: 10 max: 0'],
    [{}, undefined],
  ])('%j: %s', (analysis, routing) => {
    expect(valuesOf(analysis)[3]).toBe(
      routing === undefined ? undefined : `Traffic routing: ${routing}`,
    );
  });

  test('the cluster comes first, and alone where nothing else is said', () => {
    expect(alertFields(canaryOf(), 'eu', false)).toEqual([{ name: 'Cluster', value: 'eu' }]);
    expect(alertFields(canaryOf(), 'eu', true)[0]).toEqual({ name: 'Cluster', value: 'eu' });
    expect(alertFields(canaryOf(), '', false)).toEqual([]);
  });
});
