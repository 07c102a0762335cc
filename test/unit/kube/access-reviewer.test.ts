import { describe, expect, it } from 'vitest';
import type { AccessQuestion, AccessRequest } from '../../../src/domain/access.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import {
  createAccessReviewer,
  type AccessReviewerOptions,
} from '../../../src/kube/access-reviewer.ts';
import { whenAborted } from '../../../src/lib/abort.ts';
import { scriptedTransport, type ScriptedAnswer } from './scripted-transport.ts';

const { signal } = new AbortController();
const user = { username: 'ada', uid: '7', groups: ['dev'], extra: { k: ['v'] } };
const question: AccessQuestion = { verb: 'get', group: '', resource: 'pods', namespace: 'shop' };
const asked: AccessRequest = { user, question };

function start(
  answer: (calls: number) => ScriptedAnswer | Error | Promise<ScriptedAnswer | Error>,
  options: Partial<AccessReviewerOptions> = {},
) {
  const clock = new VirtualClock();
  let calls = 0;
  const { transport, seen } = scriptedTransport(() => answer(calls++));
  return { clock, seen, reviewer: createAccessReviewer({ transport, clock, ...options }) };
}

const yes: ScriptedAnswer = { status: 201, body: { status: { allowed: true, reason: 'RBAC' } } };
const no: ScriptedAnswer = { status: 201, body: { status: { allowed: false } } };

describe('what is sent', () => {
  it('asks about a resource of all versions', async () => {
    const { reviewer, seen } = start(() => yes);
    const full: AccessQuestion = {
      ...question,
      subresource: 'log',
      name: 'web',
      fieldSelector: 'a=b',
      labelSelector: 'c',
    };
    expect(await reviewer.review({ user, question: full }, signal)).toEqual({
      decision: 'allow',
      reason: 'RBAC',
    });
    expect(seen).toMatchObject([
      { method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews' },
    ]);
    expect(seen[0]?.body).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'ada',
        uid: '7',
        groups: ['dev'],
        extra: { k: ['v'] },
        resourceAttributes: {
          verb: 'get',
          group: '',
          version: '*',
          resource: 'pods',
          subresource: 'log',
          namespace: 'shop',
          name: 'web',
          fieldSelector: { rawSelector: 'a=b' },
          labelSelector: { rawSelector: 'c' },
        },
      },
    });
  });

  it('asks about a path', async () => {
    const { reviewer, seen } = start(() => no);
    const path = { user: { username: 'bob' }, question: { verb: 'get', path: '/healthz' } };
    expect(await reviewer.review(path, signal)).toEqual({ decision: 'noOpinion' });
    expect(seen[0]?.body).toMatchObject({
      spec: { user: 'bob', groups: [], nonResourceAttributes: { path: '/healthz', verb: 'get' } },
    });
  });
});

describe('an answer', () => {
  it('may be a denial, or come with an error, which is kept apart', async () => {
    const { reviewer } = start((calls) => ({
      body: {
        status:
          calls === 0
            ? { allowed: false, denied: true }
            : { allowed: false, evaluationError: 'webhook is away' },
      },
    }));
    expect(await reviewer.review(asked, signal)).toEqual({ decision: 'deny' });
    const other = { user: {}, question };
    expect(await reviewer.review(other, signal)).toEqual({
      decision: 'noOpinion',
      error: 'webhook is away',
    });
    expect(reviewer.known(asked)).toEqual({ decision: 'deny' });
    expect(reviewer.known(other)).toBeUndefined();
  });

  it('is remembered for a few seconds, and for longer by whoever asks for it', async () => {
    const { reviewer, seen, clock } = start((calls) => (calls === 0 ? yes : no));
    await reviewer.review(asked, signal);
    await reviewer.review(asked, signal);
    expect(seen).toHaveLength(1);
    await clock.advance(5001);
    expect(reviewer.known(asked)).toBeUndefined();
    expect(reviewer.known(asked, 60_000)).toMatchObject({ decision: 'allow' });
    expect(await reviewer.review(asked, signal)).toEqual({ decision: 'noOpinion' });
  });

  it('of somebody else is not taken for it', async () => {
    const { reviewer, seen } = start(() => yes);
    await reviewer.review(asked, signal);
    await reviewer.review({ user: { ...user, groups: [] }, question }, signal);
    expect(seen).toHaveLength(2);
  });

  it('is forgotten when there are too many', async () => {
    const { reviewer } = start(() => yes, { maxKnown: 2 });
    for (const name of ['a', 'b', 'c']) {
      await reviewer.review({ user, question: { ...question, name } }, signal);
    }
    expect(reviewer.known({ user, question: { ...question, name: 'a' } })).toBeUndefined();
    expect(reviewer.known({ user, question: { ...question, name: 'c' } })).toBeDefined();
  });

  it.each([
    ['a refusal', { status: 403, body: 'no' }, 'Forbidden'],
    ['no JSON', { body: 'x' }, 'ServerError'],
    ['neither yes nor no', { body: { status: null } }, 'ServerError'],
    ['no answer', new ClusterError('Unreachable', 'gone'), 'Unreachable'],
  ])('is missing: %s', async (_title, given, reason) => {
    const { reviewer } = start(() => given);
    await expect(reviewer.review(asked, signal)).rejects.toMatchObject({ reason });
    expect(reviewer.known(asked)).toBeUndefined();
  });
});

describe('questions', () => {
  it('that are the same are sent once at a time', async () => {
    const { reviewer, seen } = start(() => yes);
    const both = await Promise.all([
      reviewer.review(asked, signal),
      reviewer.review(asked, signal),
    ]);
    expect(both.map(({ decision }) => decision)).toEqual(['allow', 'allow']);
    expect(seen).toHaveLength(1);
  });

  it('are bounded; the others wait, and none takes for ever', async () => {
    const clock = new VirtualClock();
    let open = 0;
    let most = 0;
    const { transport } = scriptedTransport(async (_request, ended) => {
      most = Math.max(most, ++open);
      await whenAborted(ended);
      open -= 1;
      return yes;
    });
    const reviewer = createAccessReviewer({ transport, clock, maxConcurrent: 3, timeoutMs: 100 });
    const all = Promise.allSettled(
      Array.from({ length: 7 }, (_, index) =>
        reviewer.review({ user, question: { ...question, name: `${index}` } }, signal),
      ),
    );
    await clock.advance(101);
    const results = await all;
    expect(most).toBe(3);
    expect(results.map((result) => result.status)).toEqual(Array(7).fill('rejected'));
  });

  it('of a caller that gives up go on for the others', async () => {
    const answer = Promise.withResolvers<ScriptedAnswer>();
    const { reviewer } = start(() => answer.promise);
    const mine = new AbortController();
    const given = reviewer.review(asked, mine.signal);
    const others = reviewer.review(asked, signal);
    mine.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    answer.resolve(yes);
    expect(await others).toMatchObject({ decision: 'allow' });
  });
});
