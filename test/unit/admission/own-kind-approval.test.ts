import { describe, expect, it } from 'vitest';
import { ownKindProblem } from '../../../src/admission/own-kinds.ts';
import { APPROVAL_ACTIONS, type ApprovalAction } from '../../../src/domain/approval.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { EXECUTOR, reviewOf } from './fixture.ts';
import { checksOf, later, run, worldOf, type Rights } from './governance-fixture.ts';

const SUBJECT = { kind: 'RolloutRun', name: 'web-1', uid: 'run-1' };
const ALL = APPROVAL_ACTIONS.map((action) => action.toLowerCase());

function review(spec: Json, userInfo: object = { username: 'bob' }) {
  return reviewOf('approvals', 'CREATE', { object: { spec } }, { userInfo });
}

const spec = (action: ApprovalAction, more: object = {}): Json => ({
  subject: SUBJECT,
  action,
  ...more,
});

function problem(
  given: ReturnType<typeof review>,
  world = worldOf({ runs: [run('Progressing')] }),
  rights: Rights = ALL,
) {
  return ownKindProblem(given, checksOf(world, rights).checks);
}

describe('an Approval of a run', () => {
  it.each(APPROVAL_ACTIONS)('%s needs its verb on the run', (action) => {
    const world = worldOf({ runs: [run(action === 'Retry' ? 'Failed' : 'Progressing')] });
    const { checks, asked } = checksOf(world, ALL);
    expect(ownKindProblem(review(spec(action)), checks)).toBeUndefined();
    expect(asked).toEqual([`${action.toLowerCase()} rolloutruns shop/web-1`]);
    const without = ALL.filter((verb) => verb !== action.toLowerCase());
    expect(problem(review(spec(action)), world, without)).toMatchObject({
      code: 403,
      messages: [
        `you need the right to "${action.toLowerCase()}" on rolloutruns.sluice.dev in namespace shop`,
      ],
    });
  });

  it.each<[name: string, rights: Rights]>([
    ['is not known', 'unknown'],
    ['had an error', { decision: 'noOpinion', error: 'x' }],
  ])('is not let through while the answer %s', (_name, rights) => {
    expect(problem(review(spec('Abort')), undefined, rights)?.code).toBe(503);
  });

  it.each<[action: ApprovalAction, isRefused: boolean]>([
    ['Approve', true],
    ['Promote', true],
    ['Retry', false],
    ['Abort', false],
    ['Reject', false],
    ['Pause', false],
    ['Resume', false],
  ])('%s by the author of the change', (action, isRefused) => {
    const world = worldOf({ runs: [run(action === 'Retry' ? 'Failed' : 'Progressing')] });
    const found = problem(review(spec(action), { username: 'ada' }), world);
    expect(found?.code).toBe(isRefused ? 403 : undefined);
  });

  it('by somebody who is no certain person is refused, unless it is safe or they are listed', () => {
    const bot = { username: 'system:serviceaccount:ci:bot' };
    const master = { username: 'root', groups: ['system:masters'] };
    for (const user of [bot, master]) {
      expect(problem(review(spec('Approve'), user))?.code).toBe(403);
      expect(problem(review(spec('Abort'), user))).toBeUndefined();
    }
    const identities = { machineApprovers: [bot.username], deliveryIdentities: [] };
    const world = worldOf({ runs: [run('Progressing')] });
    const { checks } = checksOf(world, ALL);
    const { governance } = checks;
    const listed = governance && {
      ...governance,
      rules: { ...governance.rules, identities },
    };
    expect(
      ownKindProblem(review(spec('Approve'), bot), {
        ...checks,
        ...(listed && { governance: listed }),
      }),
    ).toBeUndefined();
  });

  it('is about the very run that there is', () => {
    expect(problem(review(spec('Approve')), worldOf())?.messages).toEqual([
      'spec.subject: there is no RolloutRun shop/web-1',
    ]);
    const other = spec('Approve', { subject: { ...SUBJECT, uid: 'run-0' } });
    expect(problem(review(other))?.messages).toEqual([
      'spec.subject.uid: the RolloutRun shop/web-1 that there is now has another uid',
    ]);
  });

  it.each(['Succeeded', 'Failed', 'Aborted', 'Superseded'] as const)('that is %s', (phase) => {
    const world = worldOf({ runs: [run(phase)] });
    for (const action of APPROVAL_ACTIONS) {
      // What was promoted can be taken back.
      const fits = action === (phase === 'Succeeded' ? 'Abort' : 'Retry');
      expect(problem(review(spec(action)), world) === undefined, action).toBe(fits);
    }
    expect(problem(review(spec('Retry')))?.messages[0]).toContain('has not failed');
  });

  it('waits for nothing that is not known when it is safe', () => {
    const world = worldOf();
    world.runs.age = 5000;
    expect(problem(review(spec('Approve')), world)?.code).toBe(503);
    for (const action of ['Abort', 'Reject', 'Pause'] as const) {
      expect(problem(review(spec(action)), world)).toBeUndefined();
    }
  });

  it.each<[name: string, spec: Json, field: string]>([
    ['nothing', null, 'spec'],
    ['no subject', { action: 'Approve' }, 'spec.subject'],
    ['no such action', spec('Accept' as never), 'spec.action'],
    [
      'no such subject',
      spec('Approve', { subject: { ...SUBJECT, kind: 'Pod' } }),
      'spec.subject.kind',
    ],
    ['an end that has passed', spec('Approve', { expiresAt: later(-1) }), 'spec.expiresAt'],
    ['an end now', spec('Approve', { expiresAt: later(0) }), 'spec.expiresAt'],
    ['an end that is no time', spec('Approve', { expiresAt: 'soon' }), 'spec.expiresAt'],
    ['a scope for an abort', spec('Abort', { scope: { maxWeight: 5 } }), 'spec.scope'],
    ['a field that there is not', spec('Approve', { until: 'x' }), 'spec.until'],
  ])('with %s', (_name, given, field) => {
    const found = problem(review(given));
    expect(found?.code).toBe(422);
    expect(found?.messages[0]).toContain(field);
  });

  it('keeps a status that only Sluice writes', () => {
    const object = { spec: spec('Approve') };
    const write = (username: string) =>
      ownKindProblem(
        reviewOf(
          'approvals',
          'UPDATE',
          { object, oldObject: object },
          {
            subResource: 'status',
            userInfo: { username },
          },
        ),
        checksOf(worldOf(), ALL).checks,
      );
    expect(write('ada')?.code).toBe(403);
    expect(write(EXECUTOR)).toBeUndefined();
  });

  it('that stays as it was is not looked at again', () => {
    const object = { spec: spec('Approve') };
    const same = reviewOf('approvals', 'UPDATE', { object, oldObject: object });
    expect(ownKindProblem(same, checksOf(worldOf(), []).checks)).toBeUndefined();
  });
});
