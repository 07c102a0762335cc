import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { ExceptionSubject, PolicyException } from '../../../src/domain/exception.ts';
import { evaluateExceptions, exceptionState } from '../../../src/governance/exceptions.ts';
import { FLUX, NOW, RULES, exception, minutes, review, user } from './fixture.ts';

const subject: ExceptionSubject = {
  kind: 'Canary',
  name: 'web',
  namespace: 'shop',
  namespaceLabels: { tier: 'prod' },
  labels: { team: 'a' },
};
const rules = {
  systemNamespace: 'sluice-system',
  exceptionNamespaces: [],
  reviewWithinMs: 24 * 3_600_000,
  identities: RULES,
};
const at = { ...rules, now: NOW };

const inForce = (given: PolicyException, approvals: Approval[], when = at): boolean =>
  evaluateExceptions([given], approvals, subject, when).some((fact) => fact.inForce);

describe('an Exception', () => {
  const asked = exception('x');

  it.each<[name: string, approvals: Approval[], isInForce: boolean]>([
    ['nobody said anything about', [], false],
    ['another person approved', [review(asked, 'ada')], true],
    ['the one who asked approved', [review(asked, 'bob')], false],
    ['two approved', [review(asked, 'ada'), review(asked, 'eve')], true],
    [
      'one approved and one rejected',
      [review(asked, 'ada'), review(asked, 'eve', 'Reject')],
      false,
    ],
    ['the one who asked withdrew', [review(asked, 'ada'), review(asked, 'bob', 'Reject')], false],
    ['a ServiceAccount approved', [review(asked, 'system:serviceaccount:ci:bot')], false],
    ['an approval ended of', [review(asked, 'ada', 'Approve', { expiresAt: NOW })], false],
  ])('that %s', (_name, approvals, isInForce) => {
    expect(inForce(asked, approvals)).toBe(isInForce);
  });

  it('is not approved by what was said about one of the same name before', () => {
    const earlier = { ...asked, metadata: { ...asked.metadata, uid: 'uid-earlier' } };
    expect(inForce(asked, [review(earlier, 'ada')])).toBe(false);
  });

  it('ends at its end', () => {
    const until = (expiresAt: string) => exception('x', { expiresAt });
    for (const [end, isInForce] of [
      [minutes(1), true],
      [NOW, false],
      ['never', false],
    ] as const) {
      expect(inForce(until(end), [review(until(end), 'ada')]), end).toBe(isInForce);
    }
  });

  it('needs two people when a tool delivered it, and a stamp in any case', () => {
    const delivered = exception('x', { requestedBy: user(FLUX) });
    expect(inForce(delivered, [review(delivered, 'ada')])).toBe(false);
    expect(inForce(delivered, [review(delivered, 'ada'), review(delivered, 'eve')])).toBe(true);
    const bare = structuredClone(asked);
    delete bare.spec.requestedBy;
    expect(inForce(bare, [review(bare, 'ada'), review(bare, 'eve')])).toBe(false);
  });
});

describe('what an exception selects', () => {
  const matching = (match: PolicyException['spec']['match'], namespace?: string): boolean => {
    const given = exception('x', match === undefined ? {} : { match }, namespace);
    return inForce(given, [review(given, 'ada')], {
      ...at,
      exceptionNamespaces: ['shop', 'other'] as never,
    });
  };

  it.each<[name: string, match: PolicyException['spec']['match'], selects: boolean]>([
    ['everything', undefined, true],
    ['the kind', { kinds: ['Deployment', 'Canary'] }, true],
    ['another kind', { kinds: ['Deployment'] }, false],
    ['the name', { names: ['web'] }, true],
    ['another name', { names: ['api'] }, false],
    ['labels', { objectSelector: { matchLabels: { team: 'a' } } }, true],
    ['other labels', { objectSelector: { matchLabels: { team: 'b' } } }, false],
    ['the namespace', { namespaceSelector: { matchLabels: { tier: 'prod' } } }, true],
    ['another namespace', { namespaceSelector: { matchLabels: { tier: 'test' } } }, false],
    ['kind but not name', { kinds: ['Canary'], names: ['api'] }, false],
    [
      'by an operator that there is not',
      { objectSelector: { matchExpressions: [{ key: 'team', operator: 'Near' as never }] } },
      false,
    ],
  ])('%s', (_name, match, selects) => {
    expect(matching(match)).toBe(selects);
  });

  it('is in its own namespace, and only where that may have exceptions', () => {
    expect(matching(undefined, 'shop')).toBe(true);
    expect(matching(undefined, 'other')).toBe(false);
    const own = exception('x', {}, 'shop');
    const said = [review(own, 'ada')];
    expect(inForce(own, said)).toBe(false);
    expect(inForce(own, said, { ...at, exceptionNamespaces: ['*'] as never })).toBe(true);
  });
});

describe('an Emergency', () => {
  const broken = exception('x', { type: 'Emergency' });
  const overdue = (given: PolicyException, approvals: Approval[], now = NOW): boolean =>
    evaluateExceptions([given], approvals, subject, { ...at, now }).some(
      (fact) => fact.reviewOverdue,
    );

  it('is in force at once, until somebody rejects it', () => {
    expect(inForce(broken, [])).toBe(true);
    expect(inForce(broken, [review(broken, 'ada')])).toBe(true);
    expect(inForce(broken, [review(broken, 'ada', 'Reject')])).toBe(false);
    expect(inForce(exception('x', { type: 'Emergency', expiresAt: NOW }), [])).toBe(false);
  });

  it('must be reviewed in time, also after it has lapsed', () => {
    const lapsed = exception('x', { type: 'Emergency', expiresAt: minutes(-30) });
    const soon = exception('x', { type: 'Emergency', reviewWithin: '30m' });
    expect(overdue(lapsed, [])).toBe(false);
    expect(overdue(lapsed, [], minutes(23 * 60))).toBe(true);
    expect(overdue(lapsed, [], minutes(23 * 60 - 1))).toBe(false);
    expect(overdue(soon, [])).toBe(true);
    expect(overdue(soon, [review(soon, 'bob')])).toBe(true);
    expect(overdue(soon, [review(soon, 'ada')])).toBe(false);
    expect(overdue(soon, [review(soon, 'ada', 'Reject')])).toBe(false);
    expect(overdue(soon, [review(soon, 'ada', 'Approve', { expiresAt: NOW })])).toBe(false);
  });

  it('cannot ask for more time than configuration gives', () => {
    const patient = exception('x', { type: 'Emergency', reviewWithin: '900h' });
    expect(overdue(patient, [], minutes(23 * 60))).toBe(true);
  });

  it('says until when it must be reviewed', () => {
    expect(exceptionState(broken, [], at).reviewDue).toBe(
      BigInt(Date.parse(minutes(23 * 60))) * 1_000_000n,
    );
    expect(exceptionState(exception('x'), [], at).reviewDue).toBeUndefined();
  });
});

describe('the facts', () => {
  it('hold what decides, by namespace and name', () => {
    const first = exception('b', {
      policies: [{ name: 'bake', validations: ['steps'] }],
      match: { conditions: [{ name: 'c', expression: 'true' }] },
    });
    const second = exception('a', { type: 'Emergency' });
    const facts = evaluateExceptions([first, second], [review(first, 'ada')], subject, at);
    expect(facts).toEqual([
      {
        namespace: 'sluice-system',
        name: 'a',
        type: 'Emergency',
        policies: [{ name: 'bake' }],
        expiresAt: minutes(60),
        inForce: true,
        reviewOverdue: false,
      },
      {
        namespace: 'sluice-system',
        name: 'b',
        type: 'Exception',
        policies: [{ name: 'bake', validations: ['steps'] }],
        conditions: [{ name: 'c', expression: 'true' }],
        expiresAt: minutes(60),
        inForce: true,
        reviewOverdue: false,
      },
    ]);
  });

  it('are none for any exception after its end, whatever was said, save an obligation', () => {
    const people = fc.constantFrom('ada', 'bob', 'eve', FLUX);
    fc.assert(
      fc.property(
        fc.constantFrom('Exception', 'Emergency' as const),
        fc.integer({ min: -120, max: 120 }),
        fc.array(fc.tuple(people, fc.constantFrom('Approve', 'Reject' as const)), { maxLength: 4 }),
        (type, end, said) => {
          const given = exception('x', { type: type as 'Emergency', expiresAt: minutes(end) });
          const approvals = said.map(([by, action]) => review(given, by, action as 'Approve'));
          const facts = evaluateExceptions([given], approvals, subject, at);
          const rejected = said.some(([, action]) => action === 'Reject');
          const byOthers = said.some(
            ([by, action]) => action === 'Approve' && !['bob', FLUX].includes(by),
          );
          const expected = end > 0 && !rejected && (type === 'Emergency' || byOthers);
          expect(facts.some((fact) => fact.inForce)).toBe(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
