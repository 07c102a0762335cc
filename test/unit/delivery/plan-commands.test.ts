import { describe, expect, test } from 'vitest';
import type { Approval, ApprovalAction } from '../../../src/domain/approval.ts';
import type { PrimaryObservation } from '../../../src/delivery/observation.ts';
import type { RolloutRunStatus } from '../../../src/domain/run.ts';
import {
  CLOSED,
  NEW_REVISION,
  NOW,
  OLD_REVISION,
  OPEN,
  planOf,
  runOf,
  told,
  type Situation,
} from '../../support/plan-fixture.ts';

const ZERO = { primary: 100, canary: 0, mirrored: false };
const AT = '2026-01-01T11:59:00Z';
const HOLD = { since: AT, reasons: ['closed'] };
const pendingStep = {
  step: 0,
  weight: 0,
  startedAt: AT,
  decisions: [],
  measurements: [],
  action: 'wait',
};
const primary: PrimaryObservation = {
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app-primary' } },
  replicas: 2,
  available: 2,
  readiness: { state: 'ready' },
  revision: OLD_REVISION,
  samePods: false,
  leftBehind: false,
};
const copied = { ...primary, revision: NEW_REVISION };

const RUNS = {
  pending: runOf({ phase: 'Pending', steps: [], weights: ZERO, step: 0 }),
  heldAtStart: runOf({
    phase: 'Held',
    held: { gate: 'RolloutStart', ...HOLD },
    steps: [pendingStep],
    weights: ZERO,
    step: 0,
  }),
  progressing: runOf(),
  held: runOf({ phase: 'Held', held: { gate: 'TrafficIncrease', ...HOLD } }),
  heldAtPromotion: runOf({ phase: 'Held', held: { gate: 'Promotion', ...HOLD } }),
  paused: runOf({
    phase: 'Held',
    held: { gate: 'TrafficIncrease', ...HOLD },
    paused: { by: 'eve', since: AT },
  }),
  promoting: runOf({ phase: 'Promoting' }),
  promotingCopied: runOf({ phase: 'Promoting' }),
  finalising: runOf({ phase: 'Finalising', weights: ZERO }),
  failed: runOf({ phase: 'Failed', weights: ZERO, outcome: outcome('FailedChecks') }),
  aborted: runOf({ phase: 'Aborted', weights: ZERO, outcome: outcome('Aborted') }),
  succeeded: runOf({ phase: 'Succeeded', weights: ZERO, outcome: outcome('Promoted') }),
};
type Phase = keyof typeof RUNS;

function outcome(reason: string): NonNullable<RolloutRunStatus['outcome']> {
  return { reason, message: '', at: AT };
}

function said(action: ApprovalAction, more: Partial<Approval['spec']> = {}): Approval {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Approval',
    metadata: { name: 'said', namespace: 'shop', uid: 'said-uid', creationTimestamp: AT },
    spec: {
      subject: { kind: 'RolloutRun', name: 'app-1', uid: 'run-uid' },
      action,
      approver: { username: 'bob' },
      ...more,
    },
  };
}

function situationOf(phase: Phase, approval: Approval, more: Situation = {}): Situation {
  const weights = RUNS[phase].status?.weights ?? ZERO;
  return {
    run: RUNS[phase],
    ...more,
    observation: {
      approvals: [approval],
      counting: new Set(['said-uid']),
      route: { present: true, drifted: false, weights },
      primary: phase === 'promotingCopied' || phase === 'finalising' ? copied : primary,
      ...more.observation,
    },
  };
}

/** The status that the plan records, and what it does besides. */
function planned(
  phase: Phase,
  approval: Approval,
  more: Situation = {},
): { status: RolloutRunStatus | undefined; texts: string[]; outcome: string | undefined } {
  const plan = planOf(situationOf(phase, approval, more));
  const record = plan.actions.find((action) => action.type === 'recordRun');
  const status = record?.type === 'recordRun' ? record.status : undefined;
  return { status, texts: told(plan), outcome: status?.acts?.at(-1)?.outcome };
}

/** Word of the outcome: action × phase. */
const TABLE: Readonly<Record<ApprovalAction, Readonly<Record<Phase, string>>>> = {
  Approve: table('InForce', { failed: 'Unfit', aborted: 'Unfit', succeeded: 'Unfit' }),
  Reject: table('Done', {
    promotingCopied: 'TooLate',
    finalising: 'TooLate',
    failed: 'Unfit',
    aborted: 'Unfit',
    succeeded: 'Unfit',
  }),
  Abort: table('Done', {
    promotingCopied: 'TooLate',
    finalising: 'TooLate',
    failed: 'Unfit',
    aborted: 'Unfit',
    succeeded: 'Unfit',
  }),
  Promote: table('Done', {
    promoting: 'Unfit',
    promotingCopied: 'Unfit',
    finalising: 'Unfit',
    failed: 'Unfit',
    aborted: 'Unfit',
    succeeded: 'Unfit',
  }),
  Retry: table('Unfit', { failed: 'Done', aborted: 'Done' }),
  Pause: table('Done', {
    promoting: 'TooLate',
    promotingCopied: 'TooLate',
    finalising: 'TooLate',
    failed: 'Unfit',
    aborted: 'Unfit',
    succeeded: 'Unfit',
  }),
  Resume: table('Unfit', { paused: 'Done' }),
};

function table(word: string, others: Partial<Record<Phase, string>>): Record<Phase, string> {
  const all = Object.keys(RUNS).map((phase) => [phase, word] as const);
  return { ...(Object.fromEntries(all) as Record<Phase, string>), ...others };
}

const CELLS = Object.entries(TABLE).flatMap(([action, row]) =>
  Object.entries(row).map(
    ([phase, word]) => [action as ApprovalAction, phase as Phase, word] as const,
  ),
);

describe('what comes of an Approval', () => {
  test.each(CELLS)('%s, %s: %s', (action, phase, word) => {
    const { outcome: text, texts } = planned(phase, said(action));
    expect(text?.slice(0, text.indexOf(':'))).toBe(word);
    // Recorded first, and told.
    expect(texts[0]).toMatch(/^run /);
    expect(texts.some((line) => line.startsWith('event '))).toBe(true);
  });

  test.each(['Abort', 'Reject'] as const)(
    '%s rolls back in the same tick, past everything',
    (action) => {
      const closed = { 'gate/TrafficIncrease/40': CLOSED, 'gate/Promotion/20': CLOSED };
      const observation = { problem: { reason: 'GatewayMissing', message: 'no gateway' } };
      for (const phase of ['progressing', 'held', 'heldAtPromotion', 'paused'] as const) {
        const { texts, status } = planned(phase, said(action), { answers: closed, observation });
        const end = action === 'Abort' ? 'Aborted' : 'Failed';
        expect(texts.slice(0, 4)).toEqual([
          `run ${end} 0`,
          'route 0',
          'scale 0',
          'status Failed 0',
        ]);
        expect(status?.outcome?.reason).toBe(action === 'Abort' ? 'Aborted' : 'Rejected');
      }
    },
  );

  test('a run that has not begun is aborted without touching anything', () => {
    expect(planned('pending', said('Abort'), { status: { phase: 'Waiting' } }).texts).toEqual([
      'run Aborted 0',
      'status Failed 0',
      'event Warning Rolling back app.shop aborted by bob',
      'finished',
    ]);
  });

  test('an abort leaves the share where it is while the primary has no pod', () => {
    const observation = { primary: { ...primary, available: 0 } };
    const { status, texts } = planned('progressing', said('Abort'), { observation });
    expect(status?.weights.canary).toBe(20);
    expect(texts).not.toContain('scale 0');
  });

  test('a promotion that was asked for goes to the gate at once, not to the next step', () => {
    const wanted = { what: 'Promotion', by: 'bob', at: AT } as const;
    const fresh = runOf({
      wanted,
      steps: [{ ...pendingStep, action: 'advance', startedAt: iso(-1000) }],
    });
    const situation = { run: fresh, answers: { 'gate/Promotion/20': OPEN } };
    expect(told(planOf(situation))[0]).toBe('run Promoting 20');
    const closed = planOf({ run: fresh, answers: { 'gate/Promotion/20': CLOSED } });
    expect(told(closed).slice(0, 2)).toEqual(['run Held 20', 'status WaitingPromotion 20']);
  });

  test('a promotion that is held is measured on, and promoted when its gate opens', () => {
    const wanted = { what: 'Promotion', by: 'bob', at: AT } as const;
    const run = runOf({ wanted, phase: 'Held', held: { gate: 'Promotion', ...HOLD } });
    const analysis = { metrics: [{ name: 'request-success-rate', interval: '1m' }] };
    const status = { phase: 'WaitingPromotion' } as const;
    const closed = planOf({ run, analysis, status, answers: { 'gate/Promotion/20': CLOSED } });
    expect(told(closed)[0]).toMatch(/^ask .*metric/);
    const open = planOf({ run, analysis, status, answers: { 'gate/Promotion/20': OPEN } });
    expect(told(open)[0]).toBe('run Promoting 20');
  });

  test('a paused run asks no gate and no hook, is measured, and rolls back when it is bad', () => {
    const hooks = {
      webhooks: [{ name: 'c', url: 'http://x', type: 'confirm-traffic-increase' }],
    } as const;
    const plan = planOf({ run: RUNS.paused, analysis: { webhooks: [...hooks.webhooks] } });
    expect(told(plan)[0]).toBe('run Held 20');
    const bad = { ...RUNS.paused, status: { ...RUNS.paused.status, failedChecks: 2 } };
    expect(told(planOf({ run: bad as typeof RUNS.paused, status: { failedChecks: 2 } }))[0]).toBe(
      'run Failed 0',
    );
  });

  test('a pause ends by itself', () => {
    const run = runOf({
      phase: 'Held',
      held: { gate: 'TrafficIncrease', ...HOLD },
      paused: { by: 'eve', since: AT, until: iso(0) },
    });
    const plan = planOf({ run });
    expect(told(plan)).toEqual(['run Held 20', 'event Normal The pause by eve is over']);
    expect(
      planOf({
        run: runOf({ ...run.status, paused: { by: 'eve', since: AT, until: iso(1000) } }),
      }).actions.some(
        (action) => action.type === 'recordRun' && action.status.paused === undefined,
      ),
    ).toBe(false);
  });

  test('a step that was paused and resumed lasts its interval', () => {
    const young = runOf({
      ...RUNS.paused.status,
      steps: [{ ...pendingStep, step: 1, weight: 20, action: 'advance', startedAt: iso(-10_000) }],
    });
    const observation = { approvals: [said('Resume')], counting: new Set(['said-uid']) };
    const [record] = planOf({ run: young, observation }).actions;
    expect(record).toMatchObject({ type: 'recordRun', status: { phase: 'Progressing' } });
    expect(record).not.toHaveProperty('status.held');
    expect(record).not.toHaveProperty('status.paused');
  });

  test('a retry makes another run of the revision, once', () => {
    const wanted = { what: 'Retry', by: 'bob', at: AT } as const;
    const completed = {
      type: 'Completed',
      status: 'True',
      reason: 'FailedChecks',
      message: '',
      lastTransitionTime: AT,
    } as const;
    const run = runOf({ ...RUNS.failed.status, wanted, conditions: [completed] });
    const settled = {
      run,
      status: { phase: 'Failed', canaryWeight: 0 },
      observation: { route: { present: true, drifted: false, weights: ZERO } },
    } as const;
    expect(told(planOf(settled))).toEqual(['create run 2']);
    const other = runOf({ ...RUNS.failed.status, conditions: [completed] });
    expect(told(planOf({ ...settled, run: other }))).toEqual([]);
  });

  test('a retry does not fit a target that has moved on', () => {
    const target = {
      ...primary,
      revision: `sluice.v1:${'2'.repeat(64)}`,
      images: [],
      changedBy: null,
    };
    expect(planned('failed', said('Retry'), { observation: { target } }).outcome).toBe(
      'Unfit: the target has another template now',
    );
  });

  test('a suspended run is left alone, but for what moves to safety', () => {
    const suspended = { spec: { suspend: true } };
    const skipped = ['event Normal skipping canary run as object is suspended'];
    for (const action of ['Approve', 'Promote', 'Pause', 'Resume'] as const) {
      const plan = planOf(situationOf('progressing', said(action), suspended));
      expect(told(plan)).toEqual(skipped);
    }
    for (const action of ['Abort', 'Reject'] as const) {
      const plan = planOf(situationOf('progressing', said(action), suspended));
      expect(told(plan).slice(0, 3)).toEqual([
        `run ${action === 'Abort' ? 'Aborted' : 'Failed'} 0`,
        'route 0',
        'scale 0',
      ]);
    }
  });

  test('what was recorded is written into the Approval after everything else', () => {
    const acts = [
      {
        approval: 'said',
        uid: 'said-uid',
        action: 'Pause',
        by: 'bob',
        at: AT,
        outcome: 'Done: paused',
      },
    ] as const;
    const run = runOf({ acts: [...acts] });
    const answers = { 'gate/TrafficIncrease/40': OPEN };
    const texts = told(planOf({ run, answers, observation: { approvals: [said('Pause')] } }));
    expect(texts[0]).toBe('run Progressing 40');
    expect(texts.at(-1)).toBe('consume said Done: paused');
  });

  test('control characters of a username do not reach an event', () => {
    const approval = said('Approve', { approver: { username: 'bob\nroot\u0007' } });
    expect(planned('progressing', approval).texts).toContain('event Normal Approved by bob?root?');
  });
});

function iso(offsetMs: number): string {
  return new Date(NOW + offsetMs).toISOString();
}
