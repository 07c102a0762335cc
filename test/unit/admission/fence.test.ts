import { describe, expect, it, test } from 'vitest';
import { fenceDigest, PROBE_ANNOTATION, PROBE_ANSWER } from '../../../src/admission/fence.ts';
import { matchesUser, userExpression } from '../../../src/admission/fence-users.ts';
import { protectionProblem, type ProtectionChecks } from '../../../src/admission/protect.ts';
import type { Review } from '../../../src/admission/review-codec.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { EXECUTOR } from './fixture.ts';

const FLAGGER = 'system:serviceaccount:flagger-system:flagger';
const FENCE = { flaggerUsers: ['system:serviceaccount:*:flagger'], namespace: '' };
const MARK = { 'sluice.dev/executor': 'flagger' };

function canaryOf(name: string, annotations: Record<string, string> = {}): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, annotations },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
  };
}

const OPEN: ProtectionChecks = {
  executorUsernames: [EXECUTOR],
  canaries: () => [canaryOf('ours'), canaryOf('theirs', MARK)],
  noCrossNamespaceRefs: true,
};
const CHECKS: ProtectionChecks = { ...OPEN, fence: FENCE };

interface Write {
  readonly by?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subResource?: string;
  readonly name?: string;
  readonly object?: Json;
  readonly oldObject?: Json;
  readonly namespace?: string;
}

function verdict(write: Write, checks: Partial<ProtectionChecks> = {}, base = CHECKS): string {
  const { by = FLAGGER, group = 'apps', resource = 'deployments', name = 'ours' } = write;
  const object = write.object ?? { metadata: { name } };
  const oldObject = write.oldObject === undefined ? object : write.oldObject;
  const review: Review = {
    uid: 'uid-1',
    request: {
      kind: { group, version: 'v1', kind: 'Any' },
      resource: { group, version: 'v1', resource },
      ...(write.subResource === undefined ? {} : { subResource: write.subResource }),
      name,
      namespace: write.namespace ?? 'shop',
      operation: oldObject === null ? 'CREATE' : 'UPDATE',
      userInfo: { username: by },
      dryRun: false,
    },
    object,
    oldObject,
  };
  return protectionProblem(review, { ...base, ...checks })?.messages.join(' ') ?? 'goes';
}

const status = { group: 'flagger.app', resource: 'canaries', subResource: 'status' };
const markedCanary: Json = { metadata: { name: 'theirs', annotations: MARK } };
const foreign = { status: { lastAppliedSpec: '5d8c7f' }, metadata: { name: 'ours' } };

describe('Flagger', () => {
  test.each<[string, Write]>([
    ['the status of a Canary, whatever its digests', { ...status, object: foreign }],
    ['the finalizers of a Canary', { group: 'flagger.app', resource: 'canaries' }],
    ['a target', {}],
    ['a primary', { name: 'ours-primary' }],
    ['a Service', { group: '', resource: 'services', name: 'ours-canary' }],
    ['a route', { group: 'gateway.networking.k8s.io', resource: 'httproutes' }],
    [
      'an object that it makes for a Canary',
      {
        group: 'autoscaling',
        resource: 'horizontalpodautoscalers',
        name: 'other-primary',
        oldObject: null,
        object: {
          metadata: {
            ownerReferences: [
              { kind: 'Canary', apiVersion: 'flagger.app/v1beta1', uid: 'uid-ours' },
            ],
          },
        },
      },
    ],
  ])('may not write %s that Sluice runs', (_what, write) => {
    expect(verdict(write)).toContain('Flagger may not write it');
  });

  test.each<[string, Write]>([
    ['the status of a Canary that is marked as its own', { ...status, object: markedCanary }],
    [
      'the route of one',
      { group: 'gateway.networking.k8s.io', resource: 'httproutes', name: 'theirs' },
    ],
    ['what belongs to no Canary', { name: 'unrelated' }],
  ])('may write %s', (_what, write) => {
    expect(verdict(write)).toBe('goes');
  });

  it('is kept out of what is not known yet', () => {
    expect(verdict({ name: 'unrelated' }, { canaries: () => undefined })).toContain('may not');
  });

  it('runs the namespaces that Sluice does not', () => {
    const checks = { fence: { ...FENCE, namespace: 'shop' }, namespace: 'shop' };
    expect(verdict({ ...status, object: foreign }, checks)).toContain('may not');
    expect(verdict({ ...status, object: foreign, namespace: 'other' }, checks)).toBe('goes');
  });

  it('is not looked at without a fence', () => {
    expect(verdict({ ...status, object: foreign }, {}, OPEN)).toBe('goes');
  });
});

describe("Sluice's executor", () => {
  const by = EXECUTOR;
  it('may not write a Canary that Flagger runs', () => {
    expect(verdict({ ...status, by, object: markedCanary })).toContain('Sluice may not write it');
    expect(verdict({ ...status, by, object: foreign })).toBe('goes');
  });

  it('may write nothing outside of its namespace', () => {
    const checks = { fence: { ...FENCE, namespace: 'shop' } };
    expect(verdict({ by, namespace: 'other' }, checks)).toContain('Sluice may not write it');
    expect(verdict({ by }, checks)).toBe('goes');
  });
});

describe('the probe', () => {
  const probe: Write = {
    by: EXECUTOR,
    group: 'flagger.app',
    resource: 'canaries',
    oldObject: null,
    object: { metadata: { annotations: { [PROBE_ANNOTATION]: 'true' } } },
  };

  it('is answered with what the fence is about', () => {
    expect(verdict(probe)).toBe(`${PROBE_ANSWER}${fenceDigest(FENCE)}`);
    const other = { fence: { ...FENCE, namespace: 'shop' } };
    expect(verdict(probe, other)).not.toContain(fenceDigest(FENCE));
  });

  it('the order of users does not matter to the digest', () => {
    const of = (...flaggerUsers: string[]): string => fenceDigest({ flaggerUsers, namespace: '' });
    expect(of('a', 'b')).toBe(of('b', 'a'));
    expect(of('a', 'b')).not.toBe(of('a'));
  });
});

describe('users', () => {
  test.each([
    ['system:serviceaccount:*:flagger', FLAGGER, true],
    ['system:serviceaccount:*:flagger', 'system:serviceaccount:a:b:flagger', false],
    ['system:serviceaccount:*:flagger', 'system:serviceaccount:x:flagger-loadtester', false],
    ['system:serviceaccount:*:flagger', 'flagger', false],
    ['a.b@example.com', 'a.b@example.com', true],
    ['a.b@example.com', 'axb@example.com', false],
  ])('%s and %s', (user, username, expected) => {
    expect(matchesUser([user], username)).toBe(expected);
  });

  it('as an expression of the API server', () => {
    expect(userExpression(['a', 'b', 'system:serviceaccount:*:flagger'])).toBe(
      'request.userInfo.username in ["a","b"] || request.userInfo.username.matches("^system:serviceaccount:[^:]*:flagger$")',
    );
    expect(userExpression([])).toBe('false');
  });
});

describe('the word of a Canary about its executor', () => {
  const plain: Json = { metadata: { name: 'ours' } };
  const write = (object: Json, oldObject: Json): string =>
    verdict({ group: 'flagger.app', resource: 'canaries', by: 'ada', object, oldObject });
  const marked: Json = { metadata: { name: 'ours', annotations: MARK } };
  const busy = { phase: 'Progressing', lastAppliedSpec: 'sluice.v1:1' };

  it('is one of those known', () => {
    const typo: Json = { metadata: { annotations: { 'sluice.dev/executor': 'fluger' } } };
    expect(write(typo, plain)).toContain('unknown executor; known: flagger');
    expect(write(marked, plain)).toBe('goes');
    expect(write(plain, marked)).toBe('goes');
  });

  it('does not change while a rollout is under way', () => {
    const object = { ...(marked as object), status: busy } as Json;
    const oldObject = { ...(plain as object), status: busy } as Json;
    expect(write(object, oldObject)).toContain('a rollout is under way');
  });

  it('opens the status of a Canary to others', () => {
    const own = { lastAppliedSpec: 'sluice.v1:1' };
    const ours = { metadata: { name: 'ours' }, status: own } as Json;
    const theirs = { ...(markedCanary as object), status: own } as Json;
    expect(verdict({ ...status, by: 'ada', object: ours })).toContain('written by Sluice only');
    expect(verdict({ ...status, by: 'ada', object: theirs })).toBe('goes');
  });
});
