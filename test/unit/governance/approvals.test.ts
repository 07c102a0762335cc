import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APPROVAL_ACTIONS, type Approval } from '../../../src/domain/approval.ts';
import { GATES } from '../../../src/domain/policy.ts';
import { evaluateApprovals, standingApprovals } from '../../../src/governance/approvals.ts';
import { FLUX, NOW, RULES, approval, minutes, user } from './fixture.ts';

const run = { namespace: 'shop', uid: 'run-1', changedBy: user('ada') };
const at = { gate: 'TrafficIncrease', toWeight: 20, now: NOW, identities: RULES } as const;
const names = (approvals: readonly Approval[], of = run, when: Partial<typeof at> = {}) =>
  evaluateApprovals(approvals, of, { ...at, ...when }).map(({ name }) => name);

describe('the approvals of a run', () => {
  const otherRun = { subject: { kind: 'RolloutRun', name: 'web-1', uid: 'run-0' } } as const;
  const ofException = { subject: { kind: 'PolicyException', name: 'x', uid: 'run-1' } } as const;

  it.each<[name: string, approval: Approval, counts: boolean]>([
    ['of another person', approval('a', 'bob'), true],
    ['of the author', approval('a', 'ada'), false],
    ['without a stamp', approval('a', undefined), false],
    ['with an empty stamp', approval('a', ''), false],
    ['of an earlier run of that name', approval('a', 'bob', 'Approve', otherRun), false],
    ['of an exception with that uid', approval('a', 'bob', 'Approve', ofException), false],
    ['that ends later', approval('a', 'bob', 'Approve', { expiresAt: minutes(1) }), true],
    ['that ends now', approval('a', 'bob', 'Approve', { expiresAt: NOW }), false],
    ['that ended', approval('a', 'bob', 'Approve', { expiresAt: minutes(-1) }), false],
    ['that ends at no time', approval('a', 'bob', 'Approve', { expiresAt: 'soon' }), false],
    ['of a ServiceAccount', approval('a', 'system:serviceaccount:ci:bot'), false],
    [
      'of a master',
      approval('a', 'root', 'Approve', { approver: user('root', ['system:masters']) }),
      false,
    ],
    [
      'for this gate',
      approval('a', 'bob', 'Approve', { scope: { gates: ['TrafficIncrease'] } }),
      true,
    ],
    [
      'for another gate',
      approval('a', 'bob', 'Approve', { scope: { gates: ['Promotion'] } }),
      false,
    ],
    ['up to this weight', approval('a', 'bob', 'Approve', { scope: { maxWeight: 20 } }), true],
    ['up to less', approval('a', 'bob', 'Approve', { scope: { maxWeight: 19 } }), false],
    ['an abort of the author', approval('a', 'ada', 'Abort'), true],
    ['an abort of a ServiceAccount', approval('a', 'system:serviceaccount:ci:bot', 'Abort'), true],
    ['a promotion of the author', approval('a', 'ada', 'Promote'), false],
    ['a retry of the author', approval('a', 'ada', 'Retry'), true],
  ])('%s', (_name, given, counts) => {
    expect(names([given])).toEqual(counts ? ['a'] : []);
  });

  it('are of the same namespace', () => {
    const elsewhere = approval('a', 'bob');
    elsewhere.metadata.namespace = 'other';
    expect(names([elsewhere])).toEqual([]);
  });

  it('of a listed ServiceAccount count', () => {
    const bot = 'system:serviceaccount:ci:bot';
    const identities = { ...RULES, machineApprovers: [bot] };
    expect(evaluateApprovals([approval('a', bot)], run, { ...at, identities })).toHaveLength(1);
  });

  it('count up to a weight below all only before the promotion', () => {
    const upTo = (maxWeight: number) => [approval('a', 'bob', 'Approve', { scope: { maxWeight } })];
    expect(evaluateApprovals(upTo(99), run, { ...at, gate: 'Promotion' })).toEqual([]);
    expect(evaluateApprovals(upTo(100), run, { ...at, gate: 'Promotion' })).toHaveLength(1);
  });

  it('are withdrawn by a later rejection of the same person, and by nobody else', () => {
    const yes = approval('yes', 'bob', 'Approve', {}, minutes(-10));
    const no = (by: string, when: number) => approval('no', by, 'Reject', {}, minutes(when));
    expect(names([yes, no('bob', -5)])).toEqual(['no']);
    expect(names([yes, no('bob', -10)])).toEqual(['no']);
    expect(names([yes, no('bob', -15)])).toEqual(['no', 'yes']);
    expect(names([yes, no('eve', -5)])).toEqual(['yes', 'no']);
  });

  it.each([
    ['nobody knows', null],
    ['nobody is named', user('')],
    ['a tool delivered it', user(FLUX)],
  ])('need two people when %s', (_name, changedBy) => {
    const unknown = { ...run, changedBy } as typeof run;
    expect(names([approval('a', 'bob')], unknown)).toEqual([]);
    expect(names([approval('a', 'bob'), approval('b', 'bob')], unknown)).toEqual([]);
    expect(names([approval('a', 'bob'), approval('b', 'eve')], unknown)).toEqual(['a', 'b']);
    expect(names([approval('a', 'bob'), approval('b', 'eve', 'Reject')], unknown)).toEqual(['b']);
    const narrow = approval('b', 'eve', 'Approve', { scope: { gates: ['Promotion'] } });
    expect(names([approval('a', 'bob'), narrow], unknown)).toEqual([]);
  });

  it('say who, what, when and how far', () => {
    const given = approval('a', 'bob', 'Approve', { scope: { maxWeight: 50 } });
    expect(evaluateApprovals([given], run, at)).toEqual([
      {
        namespace: 'shop',
        name: 'a',
        approver: user('bob'),
        action: 'Approve',
        createdAt: minutes(-1),
        scope: { maxWeight: 50 },
        signatureVerified: false,
      },
    ]);
  });
});

describe('any approvals', () => {
  const people = fc.constantFrom(
    undefined,
    '',
    'ada',
    'bob',
    'eve',
    FLUX,
    'system:serviceaccount:a:b',
  );
  const approvals = fc.array(
    fc.record({
      by: people,
      action: fc.constantFrom(...APPROVAL_ACTIONS),
      uid: fc.constantFrom('run-1', 'run-2'),
      ends: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
      made: fc.integer({ min: -9, max: 0 }),
      maxWeight: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    }),
    { maxLength: 8 },
  );
  const author = fc.constantFrom(null, user('ada'), user('bob'), user(FLUX));

  it('never let an author approve, count nothing expired, and need a quorum', () => {
    fc.assert(
      fc.property(
        approvals,
        author,
        fc.constantFrom(...GATES),
        fc.integer({ min: 0, max: 100 }),
        (given, changedBy, gate, toWeight) => {
          const all = given.map(({ by, action, uid, ends, made, maxWeight }, index) =>
            approval(
              `a${index}`,
              by,
              action,
              {
                subject: { kind: 'RolloutRun', name: 'web-1', uid },
                ...(ends === undefined ? {} : { expiresAt: minutes(ends) }),
                ...(maxWeight === undefined || action !== 'Approve'
                  ? {}
                  : { scope: { maxWeight } }),
              },
              minutes(made),
            ),
          );
          const subject = { ...run, changedBy } as typeof run;
          const facts = evaluateApprovals(all, subject, { ...at, gate, toWeight });
          const standing = standingApprovals(all, subject, at);
          const byName = new Map(all.map((each) => [each.metadata.name, each]));
          for (const { name, approver, action } of facts) {
            expect(standing.map(({ metadata }) => metadata.name)).toContain(name);
            expect(Date.parse(byName.get(name)?.spec.expiresAt ?? minutes(1))).toBeGreaterThan(
              Date.parse(NOW),
            );
            if (action === 'Approve' || action === 'Promote') {
              expect(approver.username).not.toBe(changedBy?.username ?? '-');
              expect(approver.username).not.toMatch(/^system:serviceaccount:/);
            }
          }
          const approvers = new Set(
            facts
              .filter(({ action }) => action === 'Approve')
              .map(({ approver }) => approver.username),
          );
          const isUnknown = changedBy === null || changedBy.username === FLUX;
          if (isUnknown) expect(approvers.size).not.toBe(1);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('do not depend on the order in which they are listed', () => {
    fc.assert(
      fc.property(approvals, (given) => {
        const all = given.map(({ by, action, made }, index) =>
          approval(`a${index}`, by, action, {}, minutes(made)),
        );
        expect(evaluateApprovals([...all].reverse(), run, at)).toEqual(
          evaluateApprovals(all, run, at),
        );
      }),
    );
  });
});
