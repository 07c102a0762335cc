import { expect, test } from 'vitest';
import { callHook, hookLimitMs, hookTypeOf } from '../../../src/delivery/hook-client.ts';
import type { HookAnswer } from '../../../src/delivery/inquiry.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import type { CanaryHook } from '../../../src/domain/canary.ts';
import type { OutboundRequest } from '../../../src/domain/transport.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';

const HOOK: CanaryHook = { name: 'h', url: 'http://hooks.example/h' };

async function called(
  hook: CanaryHook,
  answers: readonly (number | 'none' | 'forbidden')[],
  headers: Readonly<Record<string, string>> = {},
): Promise<{ answer: HookAnswer; requests: OutboundRequest[]; times: number[] }> {
  const clock = new VirtualClock(0);
  const requests: OutboundRequest[] = [];
  const times: number[] = [];
  const outbound = (
    request: OutboundRequest,
  ): ReturnType<Parameters<typeof callHook>[0]['outbound']> => {
    const answer = answers[requests.length] ?? 200;
    requests.push(request);
    times.push(clock.now());
    if (answer === 'none')
      return Promise.reject(
        new SluiceError('SLUICE_PROVIDER', 'connection refused', { retryable: true }),
      );
    if (answer === 'forbidden')
      return Promise.reject(new SluiceError('SLUICE_PROVIDER', 'calls to h are not allowed'));
    return Promise.resolve({ status: answer, headers, body: 'secret text', truncated: false });
  };
  const payload = { name: 'app', namespace: 'shop', phase: 'Progressing', checksum: 'c' } as const;
  let answer: HookAnswer | undefined;
  void callHook({
    outbound,
    clock,
    hook,
    payload,
    id: 'id-1',
    signal: new AbortController().signal,
  }).then((got) => {
    answer = got;
  });
  await clock.runUntil(() => answer !== undefined, 600_000);
  if (answer === undefined) throw new Error('no answer');
  return { answer, requests, times };
}

test.each([
  [200, 'passed'],
  [202, 'passed'],
  [203, 'refused'],
  [204, 'refused'],
  [301, 'refused'],
  [403, 'refused'],
  [500, 'refused'],
  [501, 'refused'],
])('status %d is %s', async (status, verdict) => {
  const { answer } = await called(HOOK, [status]);
  expect(answer.verdict).toBe(verdict);
  expect(answer.message).not.toContain('secret');
});

test('a request is a POST of the payload with the id', async () => {
  const { requests } = await called({ ...HOOK, timeout: '3s', disableTLS: true }, [200]);
  expect(requests[0]).toMatchObject({
    method: 'POST',
    url: 'http://hooks.example/h',
    headers: { 'content-type': 'application/json', 'sluice-hook-id': 'id-1' },
    timeoutMs: 3000,
    insecureSkipVerify: true,
  });
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    name: 'app',
    namespace: 'shop',
    phase: 'Progressing',
    checksum: 'c',
  });
});

test.each<[string, (number | 'none' | 'forbidden')[], number, number]>([
  ['5xx', [500, 503, 200], 3, 3],
  ['429', [429, 200], 3, 2],
  ['connection errors', ['none', 200], 3, 2],
  ['no address that may not be called', ['forbidden', 200], 3, 1],
  ['not 501', [501, 200], 3, 1],
  ['not 4xx', [404, 200], 3, 1],
  ['only as often as told', [500, 500, 500], 1, 2],
])('tries again after %s', async (_name, answers, retries, expected) => {
  const { requests } = await called({ ...HOOK, retries }, answers);
  expect(requests).toHaveLength(expected);
});

test('waits longer each time, and as long as Retry-After says', async () => {
  const { times } = await called({ ...HOOK, retries: 3 }, [500, 500, 500, 200]);
  expect(times).toEqual([0, 1000, 3000, 7000]);
  const told = await called({ ...HOOK, retries: 1 }, [429, 200], { 'retry-after': '7' });
  expect(told.times).toEqual([0, 7000]);
});

test('no answer at all is told apart from a refusal', async () => {
  const { answer } = await called(HOOK, ['none']);
  expect(answer).toEqual({ kind: 'hook', verdict: 'noAnswer', message: 'connection refused' });
});

test('the time for all attempts is bounded', () => {
  expect(hookLimitMs(HOOK)).toBe(11_000);
  expect(hookLimitMs({ ...HOOK, timeout: '5s', retries: 2 })).toBe(3 * 6000 + 2 * 30_000);
  expect(hookLimitMs({ ...HOOK, timeout: '9999m', retries: 10_000 })).toBe(
    11 * 301_000 + 10 * 30_000,
  );
});

test('an entry without type is a rollout hook', () => {
  expect([
    hookTypeOf(HOOK),
    hookTypeOf({ ...HOOK, type: '' }),
    hookTypeOf({ ...HOOK, type: 'event' }),
  ]).toEqual(['rollout', 'rollout', 'event']);
});

test.each<[string, string | undefined]>([
  ['{"error":"on purpose"}', '{"error":"on purpose"}'],
  ['{ "error" : "on purpose" }', '{"error":"on purpose"}'],
  ['{"error":"no","token":"s3cret"}', undefined],
  [JSON.stringify({ error: 'x'.repeat(300) }), undefined],
  ['s3cret', undefined],
  ['null', undefined],
  ['', undefined],
])('of the body %s an event tells %s', async (body, text) => {
  const clock = new VirtualClock(0);
  const answer = await callHook({
    outbound: () => Promise.resolve({ status: 403, headers: {}, body, truncated: false }),
    clock,
    hook: HOOK,
    payload: { name: 'app', namespace: 'shop', phase: 'Progressing', checksum: '' },
    id: 'id',
    signal: new AbortController().signal,
  });
  expect(answer).toMatchObject({ verdict: 'refused', message: 'HTTP 403' });
  expect(answer.text).toBe(text);
});

test('a server that was asked in vain is told without what its address may keep secret', async () => {
  const hook = { ...HOOK, url: 'http://user:s3cret@hooks.example/h?token=s3cret' };
  const { answer } = await called(hook, [500]);
  expect(answer.text).toBe('POST http://hooks.example/h giving up after 1 attempt(s)');
});
