import { beforeEach, describe, expect, it } from 'vitest';
import type { TransportRequest, TransportResponse } from '../../../../src/domain/transport.ts';
import { VirtualClock } from '../../../../src/domain/virtual-clock.ts';
import {
  createApiServer,
  SANDBOX_ADMIN,
  type SandboxApiServer,
} from '../../../../src/sandbox/api-server/api-server.ts';
import { createFaults, type Faults } from '../../../../src/sandbox/api-server/faults.ts';
import { seededRandom } from '../../../../src/sandbox/story/seeded-random.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
let clock: VirtualClock;
let faults: Faults;
let api: SandboxApiServer;

beforeEach(() => {
  clock = new VirtualClock();
  faults = createFaults({ clock, random: seededRandom('faults') });
  api = createApiServer({
    clock,
    random: seededRandom('server'),
    callWebhook: () => Promise.reject(new Error('there is no webhook')),
    intercept: faults.intercept,
  });
});

function send(
  method: TransportRequest['method'],
  path: string,
  body?: unknown,
  signal = new AbortController().signal,
): Promise<TransportResponse> {
  return api.transport(SANDBOX_ADMIN)({
    method,
    path,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
}

async function read({ body }: TransportResponse): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString('utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

const map = (name: string): unknown => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
});

async function statuses(count: number, path = MAPS): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) answers.push((await send('GET', path)).status);
  return answers;
}

describe('an answer that fails', () => {
  it.each([
    ['tooManyRequests', 429, 'TooManyRequests'],
    ['internalError', 500, 'InternalError'],
    ['unavailable', 503, 'ServiceUnavailable'],
  ] as const)('%s is a Status with %i, and nothing was done', async (kind, code, reason) => {
    faults.set([{ kind, count: 1 }]);
    const answer = await send('POST', MAPS, map('a'));
    expect(answer.status).toBe(code);
    expect(await read(answer)).toMatchObject({ kind: 'Status', status: 'Failure', code, reason });
    expect((await send('GET', `${MAPS}/a`)).status).toBe(404);
  });

  it('429 says when to come again', async () => {
    faults.set([{ kind: 'tooManyRequests', retryAfterSeconds: 7 }]);
    const answer = await send('GET', MAPS);
    expect(answer.headers['retry-after']).toBe('7');
    expect(await read(answer)).toMatchObject({ details: { retryAfterSeconds: 7 } });
  });

  it('409 strikes only what changes an object', async () => {
    await send('POST', MAPS, map('a'));
    faults.set([{ kind: 'conflict' }]);
    expect((await send('GET', `${MAPS}/a`)).status).toBe(200);
    expect((await send('POST', MAPS, map('b'))).status).toBe(201);
    const answer = await send('PUT', `${MAPS}/a`, map('a'));
    expect(await read(answer)).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('an answer is lost after the write was done', async () => {
    faults.set([{ kind: 'lostAnswer' }]);
    await expect(send('POST', MAPS, map('a'))).rejects.toMatchObject({ reason: 'Unreachable' });
    expect((await send('GET', `${MAPS}/a`)).status).toBe(200);
  });
});

describe('which requests are struck', () => {
  it('so many, and counted', async () => {
    faults.set([{ kind: 'unavailable', count: 2 }]);
    expect(await statuses(4)).toEqual([503, 503, 200, 200]);
    expect(faults.struck.get('unavailable')).toBe(2);
  });

  it('by chance, the same with the same numbers', async () => {
    faults.set([{ kind: 'unavailable', probability: 0.3 }]);
    const first = await statuses(200);
    const struck = first.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(40);
    expect(struck).toBeLessThan(80);
    faults = createFaults({ clock, random: seededRandom('faults') });
    faults.set([{ kind: 'unavailable', probability: 0.3 }]);
    const again = createApiServer({
      clock,
      random: seededRandom('server'),
      callWebhook: () => Promise.reject(new Error('there is no webhook')),
      intercept: faults.intercept,
    });
    api = again;
    expect(await statuses(200)).toEqual(first);
  });

  it('only those that the rule names; the first rule that strikes counts', async () => {
    const when = ({ path }: TransportRequest): boolean => path.includes('configmaps');
    faults.set([
      { kind: 'unavailable', when, count: 1 },
      { kind: 'internalError', when },
    ]);
    expect(await statuses(2)).toEqual([503, 500]);
    expect(await statuses(1, '/api/v1/namespaces')).toEqual([200]);
  });

  it('none without rules', async () => {
    faults.set([{ kind: 'unavailable' }]);
    faults.set([]);
    expect(await statuses(1)).toEqual([200]);
  });
});

describe('time', () => {
  it('slow: the answer comes within the delay, not at once', async () => {
    faults.set([{ kind: 'slow', delayMs: 1000 }]);
    let done = false;
    const answer = send('GET', MAPS).then(() => {
      done = true;
    });
    await clock.advance(0);
    expect(done).toBe(false);
    await clock.advance(1000);
    await answer;
  });

  it('slow: ends with its signal', async () => {
    faults.set([{ kind: 'slow', delayMs: 1000 }]);
    const stop = new AbortController();
    const answer = send('GET', MAPS, undefined, stop.signal);
    stop.abort(new Error('given up'));
    await expect(answer).rejects.toThrow('given up');
    expect(clock.pendingTimers).toBe(0);
  });

  it('dropWatch: the stream breaks off, and leaves no timer', async () => {
    faults.set([{ kind: 'dropWatch', delayMs: 1000 }]);
    const answer = await send('GET', `${MAPS}?watch=1&resourceVersion=1`);
    const ended = read(answer);
    const rejection = expect(ended).rejects.toMatchObject({ reason: 'Unreachable' });
    await clock.advance(1000);
    await rejection;
    expect(clock.pendingTimers).toBe(0);
  });

  it('stale: a read of any version shows what it showed before, a read of the newest does not', async () => {
    faults.set([{ kind: 'stale', delayMs: 1000 }]);
    const count = async (query: string): Promise<number> => {
      const { items } = await read(await send('GET', `${MAPS}${query}`));
      return (items as unknown[]).length;
    };
    expect(await count('?resourceVersion=0')).toBe(0);
    await send('POST', MAPS, map('a'));
    expect(await count('?resourceVersion=0')).toBe(0);
    expect(await count('')).toBe(1);
    await clock.advance(1001);
    expect(await count('?resourceVersion=0')).toBe(1);
  });

  it('stale: a watch tells later', async () => {
    faults.set([{ kind: 'stale', delayMs: 1000 }]);
    const stop = new AbortController();
    const path = `${MAPS}?watch=1&resourceVersion=0`;
    const { body } = await send('GET', path, undefined, stop.signal);
    const told: number[] = [];
    const begin = clock.now();
    const reading = (async () => {
      for await (const chunk of body) if (chunk.length > 0) told.push(clock.now() - begin);
    })().catch(() => undefined);
    await send('POST', MAPS, map('a'));
    await clock.advance(900);
    expect(told).toEqual([]);
    await clock.advance(200);
    expect(told.length).toBeGreaterThan(0);
    stop.abort(new Error('enough'));
    await reading;
  });
});
