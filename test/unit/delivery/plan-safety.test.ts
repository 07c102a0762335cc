import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action } from '../../../src/delivery/action.ts';
import type { Answer } from '../../../src/delivery/inquiry.ts';
import { raisesShare } from '../../../src/delivery/shares.ts';
import {
  APPROVAL_ACTIONS,
  type Approval,
  type ApprovalAction,
} from '../../../src/domain/approval.ts';
import type { CanaryAnalysis, CanaryPhase } from '../../../src/domain/canary.ts';
import {
  RUN_PHASES,
  TERMINAL_RUN_PHASES,
  type RolloutRun,
  type Weights,
} from '../../../src/domain/run.ts';
import {
  CLOSED,
  NEW_REVISION,
  OLD_REVISION,
  OPEN,
  PASSED,
  planOf,
  REFUSED,
  roundId,
  runOf,
  type Situation,
} from '../../support/plan-fixture.ts';

const PHASES: readonly CanaryPhase[] = [
  '',
  'Initializing',
  'Initialized',
  'Waiting',
  'Progressing',
  'WaitingPromotion',
  'Promoting',
  'Finalising',
  'Succeeded',
  'Failed',
  'Terminating',
];
const REVISIONS = [OLD_REVISION, NEW_REVISION, `sluice.v1:${'2'.repeat(64)}`];
const HOOKS = [
  'confirm-rollout',
  'rollback',
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'post-rollout',
] as const;
const READINESS = [
  { state: 'ready' },
  { state: 'progressing', message: 'soon' },
  { state: 'stuck', message: 'late' },
] as const;

const weights = fc
  .tuple(fc.constantFrom(0, 20, 40, 60, 100), fc.boolean())
  .map(([canary, mirrored]): Weights => ({
    primary: 100 - canary,
    canary,
    mirrored: mirrored && canary === 0,
  }));
const EVERYTHING = { mirror: true, mirrorsWeighted: true, match: true, affinity: true };
/** Every strategy, as the Canary says it. */
const ANALYSES: Readonly<Record<'canary' | 'blue-green' | 'ab-testing', CanaryAnalysis>> = {
  canary: {},
  'blue-green': { iterations: 2, stepWeight: 0 },
  'ab-testing': { iterations: 2, stepWeight: 0, match: [{}] },
};
const metric: Answer = { kind: 'metric', answer: { kind: 'value', value: 100 } };
const noData: Answer = { kind: 'metric', answer: { kind: 'noData', message: 'no values found' } };

const run: fc.Arbitrary<RolloutRun> = fc
  .record({
    phase: fc.constantFrom(...RUN_PHASES),
    step: fc.integer({ min: 0, max: 3 }),
    weights,
    failedChecks: fc.integer({ min: 0, max: 3 }),
    unknownChecks: fc.integer({ min: 0, max: 3 }),
    gate: fc.constantFrom('RolloutStart', 'TrafficIncrease', 'Promotion' as const),
    started: fc.boolean(),
    completed: fc.boolean(),
    reason: fc.constantFrom('Promoted', 'AnalysisSkipped', 'PromotionFailed', 'FailedChecks'),
    strategy: fc.constantFrom('canary', 'blue-green', 'ab-testing' as const),
    paused: fc.option(fc.constant({ by: 'eve', since: '2026-01-01T11:59:00Z' }), {
      nil: undefined,
      freq: 2,
    }),
    wanted: fc.option(fc.constantFrom('Promotion', 'Retry' as const), { nil: undefined, freq: 2 }),
  })
  .map(({ gate, started, completed, reason, strategy, paused, wanted, ...rest }) => {
    const status = {
      ...rest,
      ...(paused === undefined ? {} : { paused }),
      ...(wanted === undefined
        ? {}
        : { wanted: { what: wanted, by: 'eve', at: paused?.since ?? '' } }),
    };
    const base = runOf(status);
    const held = { gate, since: '2026-01-01T11:00:00Z', reasons: ['closed'] } as const;
    const steps = (base.status?.steps ?? []).map((step) => ({
      ...step,
      action: started ? step.action : 'wait',
    }));
    const at = '2026-01-01T11:59:00Z';
    const condition = {
      type: 'Completed',
      status: 'True',
      reason,
      message: '',
      lastTransitionTime: at,
    } as const;
    const full = runOf({
      ...status,
      steps,
      outcome: { reason, message: '', at },
      conditions: completed ? [condition] : [],
      ...(status.phase === 'Held' ? { held: { ...held, reasons: ['closed'] } } : {}),
    });
    return { ...full, spec: { ...full.spec, strategy } };
  });

const rarely = fc.nat({ max: 9 }).map((n) => n === 0);
const workload = fc.record({
  replicas: fc.constantFrom(0, 2),
  available: fc.constantFrom(0, 2),
  readiness: fc.constantFrom({ state: 'ready' } as const, ...READINESS),
});
const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' } };

const situation: fc.Arbitrary<Situation> = fc
  .record({
    phase: fc.constantFrom(...PHASES),
    canaryWeight: fc.constantFrom(0, 20, 60),
    run: fc.option(run, { nil: undefined }),
    live: weights,
    present: fc.boolean(),
    drifted: fc.boolean(),
    target: fc.option(workload, { nil: undefined, freq: 9 }),
    primary: fc.option(workload, { nil: undefined, freq: 9 }),
    revision: fc.constantFrom(NEW_REVISION, NEW_REVISION, ...REVISIONS),
    promoted: fc.constantFrom(OLD_REVISION, OLD_REVISION, ...REVISIONS),
    problem: fc.option(fc.constant({ reason: 'GatewayMissing', message: 'no gateway' }), {
      nil: undefined,
      freq: 1,
    }),
    gates: fc.dictionary(
      fc
        .tuple(
          fc.constantFrom('RolloutStart', 'TrafficIncrease', 'Promotion'),
          fc.constantFrom(0, 20, 40, 60, 80, 100),
        )
        .map(([gate, to]) => `gate/${gate}/${to}`),
      fc.constantFrom(OPEN, CLOSED),
      { maxKeys: 18 },
    ),
    hooks: fc.array(fc.constantFrom(...HOOKS), { maxLength: 3 }),
    hookAnswer: fc.constantFrom(PASSED, REFUSED, 'pending' as const, undefined),
    metricAnswer: fc.constantFrom(metric, noData, 'pending' as const, undefined),
    skipAnalysis: fc.boolean(),
    mirror: fc.boolean(),
    strategy: fc.constantFrom('canary', 'blue-green', 'ab-testing' as const),
    deleted: rarely,
    suspend: rarely,
    said: fc.option(fc.constantFrom(...APPROVAL_ACTIONS), { nil: undefined, freq: 1 }),
  })
  .map((given): Situation => {
    const answers: Record<string, Answer | 'pending'> = { ...given.gates };
    const webhooks = given.hooks.map((type) => ({ name: type, url: 'http://hook.example', type }));
    const check = { name: 'request-success-rate', thresholdRange: { min: 99 } };
    for (const [i, hook] of webhooks.entries()) {
      if (given.hookAnswer === undefined) break;
      answers[roundId(`${hook.type}/${i}`, hook)] = given.hookAnswer;
    }
    if (given.metricAnswer !== undefined) answers[roundId('metric/0', check)] = given.metricAnswer;
    return {
      spec: { skipAnalysis: given.skipAnalysis, suspend: given.suspend },
      analysis: { ...ANALYSES[given.strategy], mirror: given.mirror, webhooks, metrics: [check] },
      capabilities: EVERYTHING,
      status: {
        phase: given.phase,
        canaryWeight: given.canaryWeight,
        lastPromotedSpec: given.promoted,
      },
      // Mostly of the strategy that the Canary has.
      run:
        given.run === undefined || given.canaryWeight === 60
          ? given.run
          : { ...given.run, spec: { ...given.run.spec, strategy: given.strategy } },
      deleted: given.deleted,
      answers,
      observation: {
        target: given.target && {
          object,
          revision: given.revision,
          images: [],
          changedBy: null,
          ...given.target,
        },
        primary: given.primary && {
          object,
          revision: given.promoted,
          samePods: false,
          leftBehind: false,
          ...given.primary,
        },
        route: { present: given.present, drifted: given.drifted, weights: given.live },
        approvals: given.said === undefined ? [] : [approvalOf(given.said)],
        counting: new Set(['said-uid']),
        // A missing target is a problem in every observation.
        problem: given.target === undefined ? MISSING : given.problem,
      },
    };
  });

function approvalOf(action: ApprovalAction): Approval {
  const subject = { kind: 'RolloutRun', name: 'app-1', uid: 'run-uid' } as const;
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Approval',
    metadata: { name: 'said', namespace: 'shop', uid: 'said-uid' },
    spec: { subject, action, approver: { username: 'bob' } },
  };
}

const MISSING = { reason: 'TargetMissing', message: 'no target' };

const NOTHING: Weights = { primary: 100, canary: 0, mirrored: false };
const liveOf = (given: Situation): Weights => given.observation?.route?.weights ?? NOTHING;
const isOpen = (given: Situation, id: string): boolean => {
  const answer = given.answers?.[id];
  return (
    typeof answer === 'object' && answer.kind === 'gate' && answer.decision.verdict === 'allow'
  );
};
const raises = (given: Situation, actions: readonly Action[]): number[] =>
  actions.flatMap((action) =>
    action.type === 'route' && raisesShare(liveOf(given), action.weights)
      ? [action.weights.canary]
      : [],
  );

test('whatever the situation, a plan comes and is the same each time', () => {
  fc.assert(
    fc.property(situation, (given) => {
      expect(planOf(given)).toEqual(planOf(given));
    }),
    { numRuns: 1500 },
  );
});

test('nothing raises the share of the canary unless the gate TrafficIncrease is open for that weight', () => {
  fc.assert(
    fc.property(situation, (given) => {
      for (const weight of raises(given, planOf(given).actions)) {
        expect(isOpen(given, `gate/TrafficIncrease/${weight}`)).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
});

test('nothing raises the share of a target that is not what the run is about', () => {
  fc.assert(
    fc.property(situation, (given) => {
      const { target, primary } = given.observation ?? {};
      const isOther = target?.revision !== given.run?.spec.revision;
      const isTaken = target === undefined || primary?.revision !== given.run?.spec.revision;
      if (!isOther || !isTaken) return;
      expect(raises(given, planOf(given).actions)).toEqual([]);
    }),
    { numRuns: 5000 },
  );
});

test('whatever gates, hooks and checks say, an abort and a rejection end a run that has not been promoted', () => {
  fc.assert(
    fc.property(situation, fc.constantFrom('Abort', 'Reject' as const), (given, action) => {
      const { run, deleted, spec, status } = given;
      const isOver = run === undefined || TERMINAL_RUN_PHASES.has(run.status?.phase ?? 'Pending');
      const isApart = deleted === true || spec?.suspend === true || isUnmade(status?.phase);
      const phase = run?.status?.phase;
      if (isOver || isApart || phase === 'Promoting' || phase === 'Finalising') return;
      const observation = { ...given.observation, approvals: [approvalOf(action)] };
      const { actions } = planOf({ ...given, observation });
      const record = actions.find(({ type }) => type === 'recordRun');
      expect(record).toMatchObject({
        status: { phase: action === 'Abort' ? 'Aborted' : 'Failed', reservations: [] },
      });
      expect(raises(given, actions)).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

function isUnmade(phase: CanaryPhase | undefined): boolean {
  return phase === '' || phase === 'Initializing' || phase === 'Terminating';
}

test('nothing of a paused run goes forward', () => {
  fc.assert(
    fc.property(situation, (given) => {
      const { status } = given.run ?? {};
      if (status?.paused === undefined || TERMINAL_RUN_PHASES.has(status.phase)) return;
      const { actions } = planOf(given);
      expect(raises(given, actions)).toEqual([]);
      const isPromoting = status.phase === 'Promoting';
      expect(isPromoting || actions.every(({ type }) => type !== 'promote')).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('while something outside is wrong nothing is raised or promoted that does not stand in the record', () => {
  fc.assert(
    fc.property(situation, (given) => {
      if (given.observation?.problem === undefined || given.deleted === true) return;
      const { phase, weights: recorded, outcome } = given.run?.status ?? {};
      const { actions } = planOf(given);
      // A promoted template that does not come up is why the proven canary may get all traffic.
      const known = phase === 'Promoting' ? 100 : recorded?.canary;
      for (const weight of raises(given, actions))
        expect([known, recorded?.canary]).toContain(weight);
      const isPromoting = phase === 'Promoting' || outcome?.reason === 'AnalysisSkipped';
      expect(isPromoting || actions.every(({ type }) => type !== 'promote')).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test('nothing is promoted unless the gate Promotion is open or the promotion stands in the record', () => {
  fc.assert(
    fc.property(situation, (given) => {
      const plan = planOf(given);
      if (!plan.actions.some(({ type }) => type === 'promote')) return;
      const { phase, outcome } = given.run?.status ?? {};
      const recorded =
        phase === 'Promoting' || (phase === 'Succeeded' && outcome?.reason === 'AnalysisSkipped');
      expect(
        recorded ||
          Object.keys(given.answers ?? {}).some(
            (id) => id.startsWith('gate/Promotion/') && isOpen(given, id),
          ),
      ).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test('intent stands in the record before the route, the route before the status, the status before events', () => {
  const order = ['recordRun', 'route', 'writeStatus', 'event'];
  fc.assert(
    fc.property(situation, (given) => {
      const { actions } = planOf(given);
      if (!actions.some(({ type }) => type === 'recordRun')) return;
      const ranks = actions
        .slice(actions.findIndex(({ type }) => type === 'recordRun'))
        .map(({ type }) => order.indexOf(type))
        .filter((rank) => rank >= 0);
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
      expect(actions.filter(({ type }) => type === 'writeStatus').length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 5000 },
  );
});

test('an ended run is never asked about again, a missing target never promoted', () => {
  fc.assert(
    fc.property(situation, (given) => {
      if (given.observation?.target !== undefined) return;
      expect(
        planOf(given).actions.every(({ type }) => type !== 'createRun' && type !== 'createPrimary'),
      ).toBe(true);
    }),
    { numRuns: 1500 },
  );
});
