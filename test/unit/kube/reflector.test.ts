import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { createReflector, type ReflectorOptions } from '../../../src/kube/reflector.ts';
import {
  configMap,
  scriptedTransport,
  status,
  watchBody,
  type ScriptedAnswer,
  type SeenRequest,
} from './scripted-transport.ts';

type Answer = ScriptedAnswer | Error;
type Stream = ReturnType<typeof watchBody>;

/**
 * A server whose answers are lists: the n-th list request gets the n-th entry, the last one again after that; so do
 * watches. A watch answer `open` stays open and is in `streams`.
 */
function play(
  script: { lists: readonly Answer[]; watches: readonly (Answer | 'open')[] },
  more: Partial<ReflectorOptions<KubeObject>> = {},
) {
  const clock = new VirtualClock();
  const streams: Stream[] = [];
  const times: { kind: 'list' | 'watch'; at: number; query: SeenRequest['query'] }[] = [];
  const start = clock.now();
  let lists = 0;
  let watches = 0;
  const { transport } = scriptedTransport(({ query }, signal) => {
    const kind = query['watch'] === undefined ? 'list' : 'watch';
    times.push({ kind, at: clock.now() - start, query });
    if (kind === 'list') return script.lists[Math.min(lists++, script.lists.length - 1)] ?? {};
    const answer = script.watches[Math.min(watches++, script.watches.length - 1)] ?? 'open';
    if (answer !== 'open') return answer;
    const stream = watchBody(signal);
    streams.push(stream);
    return { body: stream.body };
  });
  const client = createObjectClient({ transport, fieldManager: 'sluice-test' });
  const reflector = createReflector<KubeObject>({
    client,
    type: RESOURCES.configMaps,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    ...more,
  });
  const told: string[] = [];
  reflector.subscribe((key) => {
    const object = reflector.get({ namespace: 'test', name: key.split('/')[1] ?? '' });
    told.push(`${key}=${object?.metadata.resourceVersion ?? 'gone'}`);
  });
  const stop = new AbortController();
  const done = reflector.run(stop.signal);
  return { clock, streams, times, reflector, told, stop, done };
}

function list(resourceVersion: string, ...items: unknown[]): ScriptedAnswer {
  return { body: { metadata: { resourceVersion }, items } };
}

const event = (type: string, object: unknown): unknown => ({ type, object });
const bookmark = (resourceVersion: string): unknown =>
  event('BOOKMARK', { metadata: { resourceVersion } });
const gone = status(410, 'Expired', 'too old resource version').body;

describe('a reflector', () => {
  it('lists, then watches from there with bookmarks and an end between 5 and 10 minutes', async () => {
    const { clock, reflector, times, told, streams } = play({
      lists: [list('5', configMap('a', '3'))],
      watches: ['open'],
    });
    expect(reflector.synced).toBe(false);
    expect(reflector.ageMs()).toBe(Infinity);
    await clock.advance(0);
    expect(reflector.synced).toBe(true);
    expect(reflector.list()).toHaveLength(1);
    expect(times).toMatchObject([
      { kind: 'list', at: 0, query: { limit: '500' } },
      { kind: 'watch', at: 0, query: { resourceVersion: '5', timeoutSeconds: '450' } },
    ]);
    streams[0]?.send(
      event('MODIFIED', configMap('a', '6')),
      event('ADDED', configMap('b', '7')),
      event('DELETED', configMap('a', '8')),
    );
    await clock.advance(0);
    expect(told).toEqual(['test/a=3', 'test/a=6', 'test/b=7', 'test/a=gone']);
  });

  it('reads all pages, and everything at once when they expire', async () => {
    const first = {
      body: { metadata: { resourceVersion: '5', continue: 'next' }, items: [configMap('a', '1')] },
    };
    const good = play({ lists: [first, list('6', configMap('b', '2'))], watches: ['open'] });
    await good.clock.advance(0);
    expect(good.reflector.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(good.times.at(-1)).toMatchObject({ kind: 'watch', query: { resourceVersion: '5' } });

    const expired = play({
      lists: [first, status(410, 'Expired', 'continue expired'), list('9', configMap('c', '3'))],
      watches: ['open'],
    });
    await expired.clock.advance(0);
    expect(expired.reflector.list().map(({ metadata }) => metadata.name)).toEqual(['c']);
    expect(expired.times[2]?.query).toEqual({});
    expect(expired.times.at(-1)).toMatchObject({ kind: 'watch', query: { resourceVersion: '9' } });
  });

  it('is as old as the last list, event or bookmark', async () => {
    const { clock, reflector, streams } = play({ lists: [list('5')], watches: ['open'] });
    await clock.advance(60_000);
    expect(reflector.ageMs()).toBe(60_000);
    streams[0]?.send(bookmark('6'));
    await clock.advance(10_000);
    expect(reflector.ageMs()).toBe(10_000);
    streams[0]?.send(event('ADDED', configMap('a', '7')));
    await clock.advance(5000);
    expect(reflector.ageMs()).toBe(5000);
  });

  it('goes on from the last bookmark when the server ends the watch', async () => {
    const { clock, streams, times } = play({ lists: [list('5')], watches: ['open'] });
    await clock.advance(100_000);
    streams[0]?.send(bookmark('60'));
    streams[0]?.end();
    await clock.advance(0);
    expect(times).toMatchObject([
      { kind: 'list' },
      { kind: 'watch', query: { resourceVersion: '5' } },
      { kind: 'watch', at: 100_000, query: { resourceVersion: '60' } },
    ]);
  });

  it('tells the synced state to those who wait, and stops waiting on abort', async () => {
    const { clock, reflector } = play({
      lists: [status(500, 'InternalError', 'no'), list('5')],
      watches: ['open'],
    });
    const impatient = reflector.whenSynced(AbortSignal.abort(new Error('gave up')));
    await expect(impatient).rejects.toThrow('gave up');
    const patient = reflector.whenSynced(new AbortController().signal);
    await clock.advance(1000);
    await patient;
  });

  it('drops managed fields, or what the transform drops', async () => {
    const object = configMap('a', '1', { data: { key: 'value' } });
    const managed = { ...object, metadata: { ...object.metadata, managedFields: [{}] } };
    const plain = play({ lists: [list('5', managed)], watches: ['open'] });
    await plain.clock.advance(0);
    expect(plain.reflector.list()).toEqual([object]);
    const own = play(
      { lists: [list('5', managed)], watches: ['open'] },
      {
        transform: ({ apiVersion, kind, metadata: { name, namespace = '' } }) => ({
          apiVersion,
          kind,
          metadata: { name, namespace },
        }),
      },
    );
    await own.clock.advance(0);
    expect(own.reflector.list()).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'test' } },
    ]);
  });

  it('ends when its signal aborts, without a timer left', async () => {
    const { clock, stop, done } = play({ lists: [list('5')], watches: ['open'] });
    await clock.advance(1000);
    stop.abort(new Error('stop'));
    await done;
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends while it waits for another attempt', async () => {
    const { clock, stop, done } = play({
      lists: [status(500, 'InternalError', 'no')],
      watches: [],
    });
    await clock.advance(100);
    stop.abort(new Error('stop'));
    await done;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('after a failure a reflector', () => {
  const reset = new ClusterError('Unreachable', 'the API server did not answer: ECONNRESET');

  it.each([
    ['500 on the list', status(500, 'InternalError', 'no')],
    ['503 on the list', status(503, 'ServiceUnavailable', 'no')],
    ['403 on the list', status(403, 'Forbidden', 'no')],
    ['404 on the list', { status: 404, body: '404 page not found' }],
    ['a broken connection on the list', reset],
    ['a list that is no JSON', { body: '{"items":[' }],
    ['a list that is no list', { body: {} }],
    ['an error that is none of ours', new TypeError('defect')],
  ] as [string, Answer][])('lists again: %s', async (_title, failure) => {
    const { clock, reflector, times } = play({
      lists: [failure, failure, list('5')],
      watches: ['open'],
    });
    await clock.advance(0);
    expect(reflector.synced).toBe(false);
    expect(reflector.problem).toBeDefined();
    await clock.advance(3000);
    // 0.8 s · 2ⁿ with the middle of the jitter: 0.6 s, 1.2 s.
    expect(times.map(({ kind, at }) => [kind, at])).toEqual([
      ['list', 0],
      ['list', 600],
      ['list', 1800],
      ['watch', 1800],
    ]);
  });

  it.each([
    ['500', status(500, 'InternalError', 'no')],
    ['503', status(503, 'ServiceUnavailable', 'no')],
    ['a broken connection', reset],
    ['an end at once', { body: '' }],
    ['invalid JSON', { body: '{"type":\n' }],
    [
      'an ERROR event of 500',
      { body: `${JSON.stringify(event('ERROR', status(500, 'InternalError', 'no').body))}\n` },
    ],
  ] as [string, Answer][])(
    'watches again from the same version: %s on the watch',
    async (_title, failure) => {
      const { clock, reflector, times, streams } = play({
        lists: [list('5', configMap('a', '1'))],
        watches: [failure, failure, 'open'],
      });
      await clock.advance(3000);
      expect(times.map(({ kind, at, query }) => [kind, at, query['resourceVersion']])).toEqual([
        ['list', 0, undefined],
        ['watch', 0, '5'],
        ['watch', 600, '5'],
        ['watch', 1800, '5'],
      ]);
      expect(reflector.list()).toHaveLength(1);
      streams[0]?.send(bookmark('6'));
      await clock.advance(0);
      expect(reflector.problem).toBeUndefined();
    },
  );

  it.each([
    ['as HTTP status', status(410, 'Expired', 'too old')],
    ['in the stream', { body: `${JSON.stringify(event('ERROR', gone))}\n` }],
  ] as [string, Answer][])(
    'lists again when its version is gone: 410 %s',
    async (_title, failure) => {
      const { clock, told, times } = play({
        lists: [
          list('5', configMap('a', '1'), configMap('b', '2')),
          list('9', configMap('b', '2'), configMap('c', '8')),
        ],
        watches: [failure, 'open'],
      });
      await clock.advance(1000);
      expect(times.map(({ kind, at, query }) => [kind, at, query['resourceVersion']])).toEqual([
        ['list', 0, undefined],
        ['watch', 0, '5'],
        ['list', 600, undefined],
        ['watch', 600, '9'],
      ]);
      expect(told).toEqual(['test/a=1', 'test/b=2', 'test/c=8', 'test/a=gone']);
    },
  );

  it('continues a stream that breaks from its last event', async () => {
    const { clock, streams, times } = play({ lists: [list('5')], watches: ['open'] });
    await clock.advance(0);
    streams[0]?.send(event('ADDED', configMap('a', '6')));
    streams[0]?.end(reset);
    await clock.advance(1000);
    expect(times.at(-1)).toMatchObject({ kind: 'watch', query: { resourceVersion: '6' } });
  });

  it('tells an object that was made anew as gone, then there', async () => {
    const reborn = configMap('a', '8', { uid: 'other' });
    const relisted = play({
      lists: [list('5', configMap('a', '1')), list('9', reborn)],
      watches: [status(410, 'Expired', 'too old'), 'open'],
    });
    await relisted.clock.advance(1000);
    expect(relisted.told).toEqual(['test/a=1', 'test/a=gone', 'test/a=8']);

    const watched = play({ lists: [list('5', configMap('a', '1'))], watches: ['open'] });
    await watched.clock.advance(0);
    watched.streams[0]?.send(event('MODIFIED', reborn));
    await watched.clock.advance(0);
    expect(watched.told).toEqual(['test/a=1', 'test/a=gone', 'test/a=8']);
  });

  it('never gives up, and waits at most 30 s', async () => {
    const { clock, times } = play(
      { lists: [status(500, 'InternalError', 'no')], watches: [] },
      { random: () => 0.999 },
    );
    await clock.advance(3_600_000);
    const gaps = times.slice(1).map(({ at }, index) => at - (times[index]?.at ?? 0));
    expect(times.length).toBeGreaterThan(115);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000);
    expect(gaps.slice(0, 6).map(Math.round)).toEqual([800, 1599, 3198, 6397, 12794, 25587]);
  });

  it('waits as long as the server wishes', async () => {
    const { clock, times } = play({
      lists: [
        { ...status(429, 'TooManyRequests', 'slow'), headers: { 'retry-after': '7' } },
        list('5'),
      ],
      watches: ['open'],
    });
    await clock.advance(10_000);
    expect(times[1]).toMatchObject({ kind: 'list', at: 7000 });
  });

  it('starts with short delays again once things have gone well for a while', async () => {
    const failure = status(500, 'InternalError', 'no');
    const { clock, streams, times } = play({
      lists: [list('5')],
      watches: [failure, failure, failure, 'open', failure, 'open'],
    });
    await clock.advance(10_000);
    await clock.advance(60_000);
    streams[0]?.end(reset);
    const brokenAt = 70_000;
    await clock.advance(5000);
    const after = times.filter(({ at }) => at >= brokenAt).map(({ at }) => at - brokenAt);
    expect(after).toEqual([600, 1800]);
  });

  it('opens a silent watch anew, from where it was', async () => {
    const { clock, streams, times } = play({ lists: [list('5')], watches: ['open'] });
    await clock.advance(100_000);
    streams[0]?.send(bookmark('6'));
    await clock.advance(179_000);
    expect(times).toHaveLength(2);
    await clock.advance(2000);
    expect(times.at(-1)).toMatchObject({
      kind: 'watch',
      at: 280_600,
      query: { resourceVersion: '6' },
    });
  });

  it('does not let a watch outlive what it asked for', async () => {
    const { clock, streams, times } = play({ lists: [list('5')], watches: ['open'] });
    for (let minute = 0; minute < 9; minute++) {
      streams[0]?.send(bookmark(String(10 + minute)));
      await clock.advance(60_000);
    }
    // 450 s asked for, and 30 s of grace.
    expect(times.filter(({ kind }) => kind === 'watch').map(({ at }) => at)).toEqual([0, 480_600]);
  });

  it('does not spin on a server that sends something and closes at once', async () => {
    const greeting = { body: `${JSON.stringify(bookmark('6'))}\n` };
    const { clock, times } = play({ lists: [list('5')], watches: [greeting] });
    await clock.advance(60_000);
    expect(times.length).toBeLessThan(10);
  });

  it('survives a listener that throws, and logs it', async () => {
    const logged: unknown[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (fields) => logged.push(fields),
      child: () => logger,
    };
    const { clock, reflector, told } = play(
      { lists: [list('5', configMap('a', '1'))], watches: ['open'] },
      { logger },
    );
    const unsubscribe = reflector.subscribe(() => {
      throw new Error('listener');
    });
    const later: string[] = [];
    reflector.subscribe((key) => later.push(key));
    await clock.advance(0);
    expect(told).toEqual(['test/a=1']);
    expect(later).toEqual(['test/a']);
    expect(logged).toMatchObject([{ key: 'test/a', err: 'listener' }]);
    unsubscribe();
  });
});
