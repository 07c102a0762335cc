import { describe, expect, test } from 'vitest';
import type { Approval, ApprovalAction } from '../../../src/domain/approval.ts';
import { isRefusal, outcomeText, readOutcome } from '../../../src/domain/approval-outcome.ts';
import { commandsOf, leftOver } from '../../../src/delivery/commands.ts';
import type { RolloutRun, RunAct } from '../../../src/domain/run.ts';
import { NOW, runOf } from '../../support/plan-fixture.ts';

const AT = '2026-01-01T11:59:00Z';

function approvalOf(
  name: string,
  action: ApprovalAction,
  more: {
    at?: string;
    uid?: string;
    kind?: 'RolloutRun' | 'PolicyException';
    expiresAt?: string;
    by?: string;
    consumed?: boolean;
  } = {},
): Approval {
  const { at = AT, uid = 'run-uid', kind = 'RolloutRun', expiresAt, by = 'bob', consumed } = more;
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Approval',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: at },
    spec: {
      subject: { kind, name: 'app-1', uid },
      action,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(by === '' ? {} : { approver: { username: by } }),
    },
    ...(consumed === true ? { status: { consumed: { at: AT, outcome: 'Done: it is' } } } : {}),
  };
}

function act(name: string, action: ApprovalAction, outcome: string): RunAct {
  return { approval: name, uid: `uid-${name}`, action, by: 'bob', at: AT, outcome };
}

function seen(
  approvals: readonly Approval[],
  run: RolloutRun = runOf(),
  counts: readonly Approval[] = approvals,
): { next: string | undefined; unmarked: string[] } {
  const uids = new Set(counts.map(({ metadata }) => metadata.uid));
  const { next, unmarked } = commandsOf(approvals, run, NOW, uids);
  return {
    next: next?.metadata.name,
    unmarked: unmarked.map(({ approval, outcome }) => `${approval.metadata.name} ${outcome}`),
  };
}

describe('commands of a run', () => {
  test('are acted upon by creation, then by name', () => {
    const later = approvalOf('a', 'Abort', { at: '2026-01-01T11:59:01Z' });
    expect(seen([later, approvalOf('c', 'Pause'), approvalOf('b', 'Resume')]).next).toBe('b');
  });

  test.each([
    ['of another uid', approvalOf('a', 'Abort', { uid: 'other' })],
    ['of an exception', approvalOf('a', 'Approve', { kind: 'PolicyException' })],
    ['that is consumed', approvalOf('a', 'Abort', { consumed: true })],
  ])('one %s is not looked at', (_name, approval) => {
    expect(seen([approval])).toEqual({ next: undefined, unmarked: [] });
  });

  test('one that was acted upon is marked with what the run records', () => {
    const run = runOf({ acts: [act('a', 'Pause', 'Done: paused')] });
    expect(seen([approvalOf('a', 'Pause'), approvalOf('b', 'Resume')], run)).toEqual({
      next: 'b',
      unmarked: ['a Done: paused'],
    });
  });

  test('an approval in force stays open until its run ends', () => {
    const acts = [act('a', 'Approve', 'InForce: counted')];
    expect(seen([approvalOf('a', 'Approve')], runOf({ acts }))).toEqual({
      next: undefined,
      unmarked: [],
    });
    expect(seen([approvalOf('a', 'Approve')], runOf({ acts, phase: 'Failed' })).unmarked).toEqual([
      'a Ended: it was in force until the run ended',
    ]);
  });

  test('an expired one says whether it was in force', () => {
    const acts = [act('b', 'Approve', 'InForce: counted')];
    const expiresAt = '2026-01-01T12:00:00Z';
    const both = [
      approvalOf('a', 'Abort', { expiresAt }),
      approvalOf('b', 'Approve', { expiresAt }),
    ];
    expect(seen(both, runOf({ acts }))).toEqual({
      next: undefined,
      unmarked: [
        'a Expired: it expired before it was acted upon',
        'b Ended: it was in force until it expired',
      ],
    });
  });

  test('one whose expiry is no instant counts as expired', () => {
    expect(seen([approvalOf('a', 'Abort', { expiresAt: 'soon' })]).next).toBeUndefined();
  });

  test('one without an approver is refused, whatever it asks for', () => {
    expect(seen([approvalOf('a', 'Abort', { by: '' })])).toEqual({
      next: undefined,
      unmarked: ['a Unfit: it names no approver, so admission has not seen it'],
    });
  });

  test('one that does not count waits for others, until the run ends', () => {
    const promote = approvalOf('a', 'Promote');
    expect(seen([promote], runOf(), [])).toEqual({ next: undefined, unmarked: [] });
    expect(seen([promote], runOf({ phase: 'Succeeded' }), []).unmarked).toHaveLength(1);
    expect(seen([approvalOf('a', 'Retry')], runOf({ phase: 'Failed' }), []).unmarked).toEqual([
      'a Unfit: its approver may not say so, or too few others have said it',
    ]);
  });

  test('further approvals are not noted one by one without end, and keep nobody waiting', () => {
    const names = Array.from({ length: 16 }, (_, i) => `n${i}`);
    const run = runOf({ acts: names.map((name) => act(name, 'Approve', 'InForce: counted')) });
    const approvals = names.map((name) => approvalOf(name, 'Approve'));
    expect(seen([...approvals, approvalOf('z', 'Approve')], run).next).toBeUndefined();
    expect(seen([...approvals, approvalOf('x', 'Abort')], run).next).toBe('x');
  });

  test('those of a replaced run are left over', () => {
    const run = runOf({ phase: 'Failed', acts: [act('a', 'Abort', 'Done: aborted')] });
    const texts = leftOver([approvalOf('a', 'Abort'), approvalOf('b', 'Retry')], run).map(
      ({ outcome }) => outcome,
    );
    expect(texts).toEqual(['Done: aborted', 'Unfit: a newer run has replaced this one']);
  });

  test('without a run there is nothing to act upon', () => {
    expect(commandsOf([approvalOf('a', 'Abort')], undefined, NOW, new Set())).toEqual({
      next: undefined,
      unmarked: [],
    });
  });
});

test('an outcome is a word and a sentence', () => {
  expect(readOutcome(outcomeText('TooLate', 'it is: over'))).toEqual({
    word: 'TooLate',
    sentence: 'it is: over',
  });
  expect(readOutcome('whatever: else')).toEqual({ word: 'Done', sentence: 'whatever: else' });
  expect(['Done', 'InForce', 'Ended'].some((word) => isRefusal(`${word}: x`))).toBe(false);
  expect(['Unfit', 'TooLate', 'Expired'].every((word) => isRefusal(`${word}: x`))).toBe(true);
});
