import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/domain/client.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { readLines, readText } from '../../../src/kube/body.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { configMap, never, scriptedTransport, status, watchBody } from './scripted-transport.ts';

async function* chunked(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

describe('lines of a body', () => {
  it('are the same however the bytes are cut', async () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => text.trim() !== '' && !text.includes('\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const read = await Array.fromAsync(readLines(chunked(bytes, cuts), 1e6));
        expect(read).toEqual(lines);
      }),
    );
  });

  it('may not be longer than the bound', async () => {
    const read = Array.fromAsync(readLines(chunked(Buffer.alloc(100, 'a'), [50]), 99));
    await expect(read).rejects.toMatchObject({ reason: 'ServerError' });
  });

  it('may not end halfway', async () => {
    const read = Array.fromAsync(readLines(chunked(Buffer.from('{}\n{"ty'), [2]), 99));
    await expect(read).rejects.toMatchObject({ reason: 'Unreachable' });
  });

  it('are bounded in all when read as a whole', async () => {
    await expect(readText(chunked(Buffer.alloc(10), [3]), 9)).rejects.toMatchObject({
      reason: 'ServerError',
    });
    await expect(readText(chunked(Buffer.from('ä€😀'), [1, 3, 6]), 9)).resolves.toBe('ä€😀');
  });
});

function watchOf(
  text: string | ((signal: AbortSignal) => AsyncIterable<Uint8Array>),
  signal = never,
) {
  const { transport, seen } = scriptedTransport((_request, given) => ({
    body: typeof text === 'string' ? text : text(given),
  }));
  const client = createObjectClient({ transport, fieldManager: 'sluice-test' });
  const options = { resourceVersion: '5', timeoutSeconds: 300, namespace: 'test', signal };
  return { events: client.watch(RESOURCES.configMaps, options), seen };
}

const json = (...events: unknown[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

describe('watch', () => {
  it('asks for bookmarks and an end', async () => {
    const { events, seen } = watchOf('');
    await expect(Array.fromAsync(events)).resolves.toEqual([]);
    expect(seen[0]).toMatchObject({
      path: '/api/v1/namespaces/test/configmaps',
      query: {
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: '5',
        timeoutSeconds: '300',
      },
    });
  });

  it('gives events in order and leaves out those it does not know', async () => {
    const object = configMap('a', '6');
    const text = json(
      { type: 'ADDED', object },
      { type: 'NEWS', object },
      { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: '8' } } },
      { type: 'DELETED', object },
    );
    await expect(Array.fromAsync(watchOf(text).events)).resolves.toEqual([
      { type: 'ADDED', object },
      { type: 'BOOKMARK', resourceVersion: '8' },
      { type: 'DELETED', object },
    ]);
  });

  it.each([
    ['no JSON', '{"type":\n'],
    ['no event', '{"type":"ADDED"}\n'],
    ['a number', '1\n'],
    ['an object without metadata', json({ type: 'ADDED', object: {} })],
    ['a bookmark without version', json({ type: 'BOOKMARK', object: { metadata: {} } })],
  ])('fails on a line that is %s', async (_title, text) => {
    await expect(Array.fromAsync(watchOf(text).events)).rejects.toMatchObject({
      reason: 'ServerError',
    });
  });

  it.each([
    [410, 'Gone'],
    [429, 'TooManyRequests'],
    [500, 'ServerError'],
  ])('fails with an ERROR event of code %i as %s', async (code, reason) => {
    const text = json({ type: 'ERROR', object: status(code, 'Expired', 'too old').body });
    await expect(Array.fromAsync(watchOf(text).events)).rejects.toMatchObject({
      reason,
      status: code,
    });
  });

  it('fails with an ERROR event that is no Status', async () => {
    const text = json({ type: 'ERROR', object: {} });
    await expect(Array.fromAsync(watchOf(text).events)).rejects.toMatchObject({
      reason: 'ServerError',
    });
  });

  it('fails with the HTTP status', async () => {
    const { transport } = scriptedTransport(() => status(410, 'Expired', 'too old'));
    const client = createObjectClient({ transport, fieldManager: 'sluice-test' });
    const events = client.watch(RESOURCES.configMaps, {
      resourceVersion: '1',
      timeoutSeconds: 1,
      signal: never,
    });
    await expect(Array.fromAsync(events)).rejects.toMatchObject({ reason: 'Gone' });
  });

  it('ends when its signal aborts', async () => {
    const stop = new AbortController();
    const { events } = watchOf((signal) => {
      const stream = watchBody(signal);
      stream.send({ type: 'ADDED', object: configMap('a', '6') });
      return stream.body;
    }, stop.signal);
    const seen: WatchEvent<KubeObject>[] = [];
    const reading = (async () => {
      for await (const event of events) {
        seen.push(event);
        stop.abort(new Error('stopped'));
      }
    })();
    await expect(reading).rejects.toThrow('stopped');
    expect(seen).toHaveLength(1);
  });
});
