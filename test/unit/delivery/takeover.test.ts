import { describe, expect, test } from 'vitest';
import type { Approval, ApprovalAction } from '../../../src/domain/approval.ts';
import type { CanaryPhase } from '../../../src/domain/canary.ts';
import type { RolloutRun } from '../../../src/domain/run.ts';
import type { PrimaryObservation, TargetObservation } from '../../../src/delivery/observation.ts';
import type { TakeoverEvidence } from '../../../src/delivery/takeover-evidence.ts';
import {
  NEW_REVISION,
  OLD_REVISION,
  planOf,
  runOf,
  told,
  type Situation,
} from '../../support/plan-fixture.ts';

const FOREIGN = '5d8c7f';
const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' } };
const workload = { object, replicas: 2, available: 2, readiness: { state: 'ready' } } as const;
const target: TargetObservation = {
  ...workload,
  revision: NEW_REVISION,
  images: [],
  changedBy: null,
};
const primary: PrimaryObservation = {
  ...workload,
  revision: undefined,
  samePods: false,
  leftBehind: false,
};
const DIFFERENT: TakeoverEvidence = {
  equal: false,
  baseline: OLD_REVISION,
  sinceFailure: 'unknown',
};
const EQUAL: TakeoverEvidence = { ...DIFFERENT, equal: true, baseline: NEW_REVISION };
const shares = (canary: number): Situation['observation'] => ({
  route: {
    present: true,
    drifted: true,
    weights: { primary: 100 - canary, canary, mirrored: false },
  },
});

function foreign(
  phase: CanaryPhase,
  takeover: TakeoverEvidence,
  more: Situation['observation'] = {},
  run?: RolloutRun,
): Situation {
  return {
    run,
    status: { phase, lastAppliedSpec: FOREIGN, lastPromotedSpec: FOREIGN, canaryWeight: 0 },
    observation: {
      target,
      primary,
      takeover,
      servicesUnseen: true,
      ...shares(0),
      ...more,
    },
  };
}

function digests(situation: Situation): unknown {
  const written = planOf(situation).actions.find(({ type }) => type === 'writeStatus');
  if (written?.type !== 'writeStatus') return undefined;
  const { phase, lastAppliedSpec, lastPromotedSpec } = written.status;
  return [phase, lastAppliedSpec, lastPromotedSpec];
}

describe('a settled Canary of another controller', () => {
  test('whose target is what the primary runs: a baseline, and nothing else is touched', () => {
    const situation = foreign('Succeeded', EQUAL);
    expect(told(planOf(situation))).toEqual(['status Succeeded 0']);
    expect(digests(situation)).toEqual(['Succeeded', NEW_REVISION, NEW_REVISION]);
  });

  test('whose target differs: what the primary runs is the baseline', () => {
    expect(digests(foreign('Initialized', DIFFERENT))).toEqual([
      'Initialized',
      OLD_REVISION,
      OLD_REVISION,
    ]);
  });

  test('then the target is a change like any other', () => {
    const situation = foreign('Initialized', DIFFERENT);
    const status = { ...situation.status, lastAppliedSpec: OLD_REVISION };
    const own = { ...status, lastPromotedSpec: OLD_REVISION };
    const observation = { ...situation.observation, takeover: undefined };
    expect(told(planOf({ ...situation, status: own, observation }))).toContain('create run 2');
  });

  test('without its primary: nothing is made from what the target happens to be', () => {
    const observation = { primary: undefined, takeover: undefined };
    const plan = planOf(foreign('Promoting', EQUAL, observation));
    expect(told(plan)[0]).toBe('status Promoting 0');
    expect(told(plan).join()).not.toContain('createPrimary');
  });

  test('that is suspended stays as it is', () => {
    const situation = { ...foreign('Succeeded', EQUAL), spec: { suspend: true } };
    expect(told(planOf(situation))).toEqual([
      'event Normal skipping canary run as object is suspended',
    ]);
  });
});

describe('a Canary that another controller failed', () => {
  test('with the failed revision: known, and not rolled out again', () => {
    const situation = foreign('Failed', { ...DIFFERENT, sinceFailure: 'unchanged' });
    expect(digests(situation)).toEqual(['Failed', NEW_REVISION, OLD_REVISION]);
  });

  test('with another revision since: a change', () => {
    const situation = foreign('Failed', { ...DIFFERENT, sinceFailure: 'changed' });
    expect(digests(situation)).toEqual(['Failed', OLD_REVISION, OLD_REVISION]);
  });

  test('when nothing tells which: neither lost nor rolled out, somebody is asked', () => {
    expect(told(planOf(foreign('Failed', DIFFERENT)))).toEqual(['create run 2']);
  });
});

/** The record of the rollout, as it was made. */
function recordOf(status: Partial<NonNullable<RolloutRun['status']>> = {}): RolloutRun {
  const run = runOf({ phase: 'Pending', steps: [], step: 0, ...status });
  return { ...run, spec: { ...run.spec, takenOver: { phase: 'Progressing', digest: FOREIGN } } };
}
const HELD = recordOf({
  phase: 'Held',
  held: { gate: 'RolloutStart', since: '2026-01-01T11:00:00Z', reasons: ['left'] },
  steps: runOf().status?.steps.map((step) => ({ ...step, action: 'takeover' })) ?? [],
  weights: { primary: 70, canary: 30, mirrored: false },
});

function said(action: ApprovalAction): Situation['observation'] {
  const approval: Approval = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Approval',
    metadata: { name: 'said', uid: 'said-uid', creationTimestamp: '2026-01-01T11:59:00Z' },
    spec: {
      subject: { kind: 'RolloutRun', name: 'app-1', uid: 'run-uid' },
      action,
      approver: { username: 'bob' },
    },
  };
  return { approvals: [approval], counting: new Set(['said-uid']) };
}

describe.each(['Progressing', 'WaitingPromotion', 'Promoting', 'Finalising', 'Waiting'] as const)(
  "another controller's rollout in %s",
  (phase) => {
    const atThirty = shares(30);

    test('gets a record, and nothing of it is written', () => {
      expect(told(planOf(foreign(phase, DIFFERENT, atThirty)))).toEqual(['create run 2']);
      const plan = planOf(foreign(phase, DIFFERENT, atThirty, recordOf()));
      expect(told(plan)[0]).toBe('run Held 30');
      expect(told(plan)[1]).toBe(`status ${phase} 0`);
      expect(told(plan).join()).not.toMatch(/route|scale|services/);
    });

    test('held, with its condition told: waits', () => {
      const situation = foreign(phase, DIFFERENT, atThirty, HELD);
      const written = planOf(situation).actions.find(({ type }) => type === 'writeStatus');
      if (written?.type !== 'writeStatus') throw new Error('no condition is written');
      const again = { ...situation, status: written.status };
      expect(told(planOf(again))).toEqual([]);
      expect(planOf(again).blocked).toBe(true);
    });

    test('retried: the record ends, the share goes to the primary, the target is a change', () => {
      const observation = { ...atThirty, ...said('Retry') };
      const plan = planOf(foreign(phase, DIFFERENT, observation, HELD));
      expect(told(plan)[0]).toBe('run Superseded 30');
      const record = plan.actions[0];
      if (record?.type !== 'recordRun') throw new Error('no record');
      const released = { ...HELD, status: record.status };
      const next = planOf(foreign(phase, DIFFERENT, atThirty, released));
      expect(told(next)).toEqual(['route 0', 'status Succeeded 0']);
    });

    test('aborted: back to the primary', () => {
      const observation = { ...atThirty, ...said('Abort') };
      const plan = planOf(foreign(phase, DIFFERENT, observation, HELD));
      expect(told(plan).slice(0, 4)).toEqual([
        'run Aborted 0',
        'route 0',
        'scale 0',
        'status Failed 0',
      ]);
    });

    test.each(['Approve', 'Promote', 'Pause', 'Resume'] as const)('%s has no effect', (action) => {
      const observation = { ...atThirty, ...said(action) };
      const plan = planOf(foreign(phase, DIFFERENT, observation, HELD));
      const record = plan.actions[0];
      expect(record?.type === 'recordRun' && record.status.phase).toBe('Held');
      expect(record?.type === 'recordRun' && record.status.acts?.at(-1)?.outcome).toContain(
        'Unfit',
      );
    });

    test('whose target went back to what the primary runs: the record ends, then all is the baseline', () => {
      const back = planOf(foreign(phase, EQUAL, atThirty, HELD));
      expect(told(back)).toEqual(['run Superseded 30']);
      const next = planOf(foreign(phase, EQUAL, atThirty));
      expect(told(next)).toEqual(['route 0', 'scale 0', 'status Succeeded 0']);
    });

    test('whose primary cannot serve yet keeps its share', () => {
      const readiness = { state: 'progressing', message: 'not yet' } as const;
      const observation = { ...atThirty, primary: { ...primary, readiness } };
      expect(told(planOf(foreign(phase, EQUAL, observation))).join()).not.toContain('route');
    });

    test('replaced by a newer revision: the record ends', () => {
      const observation = { ...atThirty, target: { ...target, revision: OLD_REVISION } };
      const plan = planOf(foreign(phase, DIFFERENT, observation, HELD));
      expect(told(plan)).toEqual(['run Superseded 30']);
    });

    test('that the other controller has finished: the record ends, and says nothing of the next one', () => {
      const plan = planOf(foreign('Succeeded', DIFFERENT, atThirty, HELD));
      const record = plan.actions[0];
      if (record?.type !== 'recordRun') throw new Error('no record');
      expect(record.status.outcome?.reason).toBe('FinishedElsewhere');
      const over = { ...HELD, status: record.status };
      expect(told(planOf(foreign(phase, DIFFERENT, atThirty, over)))).toEqual(['create run 2']);
    });
  },
);

test('an aborted record leaves no foreign digest behind', () => {
  const situation = foreign('Failed', DIFFERENT);
  const status = { ...situation.status, lastAppliedSpec: NEW_REVISION };
  expect(digests({ ...situation, status })).toEqual(['Failed', NEW_REVISION, OLD_REVISION]);
});
