import { describe, expect, it } from 'vitest';
import { ownKindWarnings } from '../../../src/admission/own-kind-warnings.ts';
import { ownKindProblem } from '../../../src/admission/own-kinds.ts';
import type { PolicyException } from '../../../src/domain/exception.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { policy as policyOf } from '../policy/support.ts';
import { reviewOf } from './fixture.ts';
import { checksOf, governanceOf, later, worldOf, type Rights } from './governance-fixture.ts';

const spec = (more: object = {}): Json => ({
  type: 'Exception',
  policies: [{ name: 'bake' }],
  reason: 'because',
  expiresAt: later(60),
  ...more,
});
const emergency = (more: object = {}): Json => spec({ type: 'Emergency', ...more });

function problem(given: Json, rights: Rights = ['breakglass'], world = worldOf()) {
  const review = reviewOf('policyexceptions', 'CREATE', { object: { spec: given } }, { name: 'x' });
  return ownKindProblem(review, checksOf(world, rights).checks);
}

describe('a PolicyException', () => {
  it.each<[name: string, spec: Json]>([
    ['for an hour', spec()],
    ['for thirty days', spec({ expiresAt: later(30 * 24 * 60) })],
    [
      'with conditions',
      spec({ match: { conditions: [{ name: 'c', expression: 'has(object.spec)' }] } }),
    ],
    ['of an emergency', emergency({ expiresAt: later(4 * 60), reviewWithin: '2h' })],
  ])('%s is fine', (_name, given) => {
    expect(problem(given)).toBeUndefined();
  });

  it.each<[name: string, spec: Json, message: string]>([
    ['without an end', spec({ expiresAt: undefined }), 'spec.expiresAt: is required'],
    [
      'whose end has passed',
      spec({ expiresAt: later(-1) }),
      'spec.expiresAt: must be in the future',
    ],
    [
      'for longer than thirty days',
      spec({ expiresAt: later(31 * 24 * 60) }),
      'an exception may last at most 720h0m0s',
    ],
    [
      'of a long emergency',
      emergency({ expiresAt: later(5 * 60) }),
      'an emergency may last at most 4h0m0s',
    ],
    ['that ends at no time', spec({ expiresAt: 'soon' }), 'spec.expiresAt: must be a'],
    ['without policies', spec({ policies: [] }), 'spec.policies'],
    ['with a blank reason', spec({ reason: ' ' }), 'spec.reason: must not be blank'],
    ['with an empty reason', spec({ reason: '' }), 'spec.reason'],
    [
      'to be reviewed, but no emergency',
      spec({ reviewWithin: '1h' }),
      'spec.reviewWithin: belongs to an Emergency',
    ],
    [
      'to be reviewed too late',
      emergency({ reviewWithin: '25h' }),
      'spec.reviewWithin: may be at most 24h0m0s',
    ],
    [
      'to be reviewed at once',
      emergency({ reviewWithin: '0s' }),
      'spec.reviewWithin: must be a duration',
    ],
    [
      'with a condition that does not compile',
      spec({ match: { conditions: [{ name: 'c', expression: 'objekt.x' }] } }),
      'spec.match.conditions[0].expression:1:1: undeclared reference',
    ],
    [
      'with a condition that is no bool',
      spec({ match: { conditions: [{ name: 'c', expression: '1' }] } }),
      'spec.match.conditions[0].expression:1:1: must evaluate to bool',
    ],
    [
      'with a selector that selects nothing',
      spec({ match: { objectSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } }),
      'spec.match.objectSelector:',
    ],
  ])('%s is refused', (_name, given, message) => {
    const found = problem(JSON.parse(JSON.stringify(given)) as Json);
    expect(found?.code).toBe(422);
    expect(found?.messages.join('\n')).toContain(message);
  });

  it('of an emergency needs the right to break the glass, any other none', () => {
    const { checks, asked } = checksOf(worldOf(), []);
    const review = (given: Json) =>
      reviewOf('policyexceptions', 'CREATE', { object: { spec: given } }, { name: 'x' });
    expect(ownKindProblem(review(spec()), checks)).toBeUndefined();
    expect(asked).toEqual([]);
    expect(ownKindProblem(review(emergency()), checks)?.code).toBe(403);
    expect(asked).toEqual(['breakglass policyexceptions shop/x']);
    expect(problem(emergency(), 'unknown')?.code).toBe(503);
  });

  it('of an emergency stays until somebody else has reviewed it', () => {
    const stored = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'PolicyException',
      metadata: { name: 'x', namespace: 'shop', uid: 'u', creationTimestamp: later(-60) },
      spec: { ...(emergency() as object), requestedBy: { username: 'ada' } },
    } as unknown as PolicyException;
    const deletion = (oldObject: PolicyException, username = 'ada') =>
      reviewOf(
        'policyexceptions',
        'DELETE',
        { oldObject: oldObject as unknown as Json },
        { userInfo: { username } },
      );
    const world = worldOf();
    const { checks } = checksOf(world, []);
    expect(ownKindProblem(deletion(stored), checks)?.code).toBe(403);
    expect(
      ownKindProblem(
        deletion(stored, 'system:serviceaccount:kube-system:namespace-controller'),
        checks,
      ),
    ).toBeUndefined();
    const ordinary = { ...stored, spec: { ...stored.spec, type: 'Exception' as const } };
    expect(ownKindProblem(deletion(ordinary), checks)).toBeUndefined();
    world.approvals.put({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name: 'a', namespace: 'shop' },
      spec: {
        subject: { kind: 'PolicyException', name: 'x', uid: 'u' },
        action: 'Approve',
        approver: { username: 'bob' },
      },
    });
    expect(ownKindProblem(deletion(stored), checks)).toBeUndefined();
  });
});

describe('an approval of an exception', () => {
  const stored = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'PolicyException',
    metadata: { name: 'x', namespace: 'shop', uid: 'u' },
    spec: { ...(spec() as object), requestedBy: { username: 'ada' } },
  } as unknown as PolicyException;
  const say = (action: string, username: string) =>
    ownKindProblem(
      reviewOf(
        'approvals',
        'CREATE',
        { object: { spec: { subject: { kind: 'PolicyException', name: 'x', uid: 'u' }, action } } },
        { userInfo: { username } },
      ),
      checksOf(worldOf({ exceptions: [stored] }), ['approve', 'reject', 'promote']).checks,
    )?.code;

  it('comes from somebody else, a rejection from anybody', () => {
    expect(say('Approve', 'bob')).toBeUndefined();
    expect(say('Approve', 'ada')).toBe(403);
    expect(say('Reject', 'ada')).toBeUndefined();
    expect(say('Promote', 'bob')).toBe(422);
  });
});

describe('warnings', () => {
  const world = worldOf({
    exceptions: [
      {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'PolicyException',
        metadata: { name: 'x', namespace: 'shop' },
        spec: { policies: [{ name: 'bake' }] } as never,
      },
    ],
  });
  world.bindings.put({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicyBinding',
    metadata: { name: 'everywhere' },
    spec: { policyName: 'bake' },
  });
  world.policies.put(policyOf({}, 'bake'));
  const governance = governanceOf(world);

  it('tell who deletes a policy that is still named', () => {
    const deletion = (name: string) =>
      ownKindWarnings(
        reviewOf('rolloutpolicies', 'DELETE', { oldObject: {} }, { name }),
        governance,
      );
    expect(deletion('bake')).toEqual([
      'policy bake is still named by PolicyException shop/x, RolloutPolicyBinding everywhere: without it they do nothing',
    ]);
    expect(deletion('other')).toEqual([]);
  });

  it('tell who names a policy that there is not', () => {
    const object = { spec: spec({ policies: [{ name: 'bake' }, { name: 'gone' }] }) };
    const warned = ['there is no policy gone: nothing happens for it until there is one'];
    expect(ownKindWarnings(reviewOf('policyexceptions', 'CREATE', { object }), governance)).toEqual(
      warned,
    );
    const bound = { spec: { policyName: 'gone' } };
    expect(
      ownKindWarnings(reviewOf('rolloutpolicybindings', 'CREATE', { object: bound }), governance),
    ).toEqual(warned);
    expect(ownKindWarnings(reviewOf('changewindows', 'CREATE', { object }), governance)).toEqual(
      [],
    );
    expect(ownKindWarnings(reviewOf('policyexceptions', 'CREATE', { object }), undefined)).toEqual(
      [],
    );
  });
});

describe('a RolloutBudget', () => {
  const budget = (given: Json) =>
    ownKindProblem(
      reviewOf('rolloutbudgets', 'CREATE', { object: { spec: given } }),
      checksOf(worldOf(), []).checks,
    )?.messages;

  it('has a limit, and selectors that select', () => {
    expect(budget({ maxConcurrent: 2 })).toBeUndefined();
    expect(budget({ maxExposurePercent: 20, order: 'Smallest' })).toBeUndefined();
    expect(budget({})).toEqual(['spec: maxConcurrent or maxExposurePercent must be given']);
    expect(budget(null)?.[0]).toContain('spec');
    expect(budget({ maxConcurrent: 2, order: 'Random' })?.[0]).toContain('spec.order');
    expect(
      budget({
        maxConcurrent: 2,
        selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] },
      })?.[0],
    ).toContain('spec.selector');
  });
});
