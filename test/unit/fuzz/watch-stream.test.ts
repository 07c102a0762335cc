import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import { readWatch } from '../../../src/kube/watch-stream.ts';
import { BOUNDS, anyJson, brokenText } from './arbitraries.ts';

const KNOWN = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];

/** The bytes in pieces of these sizes, over and over: a connection cuts where it likes. */
function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function* bodyOf(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces(new TextEncoder().encode(text), sizes)) {
    await Promise.resolve();
    yield piece;
  }
}

/** Reads a body to its end: events of known types, then perhaps a named error. */
async function read(text: string, sizes: readonly number[]): Promise<string[]> {
  const types: string[] = [];
  try {
    for await (const { type } of readWatch(bodyOf(text, sizes), 'watch')) types.push(type);
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(ClusterError);
  }
  for (const type of types) expect(KNOWN).toContain(type);
  return types;
}

const type = fc.oneof(fc.constantFrom(...KNOWN, 'ERROR', 'NEW', '__proto__'), anyJson);
const object = fc.oneof(
  anyJson,
  fc.record({ metadata: anyJson, code: anyJson, reason: anyJson, kind: fc.constant('Status') }),
  fc.record({ metadata: fc.record({ name: fc.string(), resourceVersion: fc.string() }) }),
);
const event = fc.record({ type, object }, { requiredKeys: [] });
const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 4 });

describe('a watch', () => {
  it('takes any events', { timeout: 20_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 6 }), sizes, async (events, cuts) => {
        await read(events.map((one) => JSON.stringify(one)).join('\n'), cuts);
      }),
      { ...BOUNDS, numRuns: 400 },
    );
  });

  it('takes any bytes', { timeout: 20_000 }, async () => {
    const good = { type: 'ADDED', object: { metadata: { name: 'a', resourceVersion: '1' } } };
    const text = brokenText([`${JSON.stringify(good)}\n${JSON.stringify(good)}\n`]);
    await fc.assert(
      fc.asyncProperty(text, sizes, async (body, cuts) => {
        await read(body, cuts);
      }),
      { ...BOUNDS, numRuns: 400 },
    );
  });

  it('tells the same whatever the cuts', { timeout: 20_000 }, async () => {
    const good = fc.record({
      type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED'),
      object: fc.record({ metadata: fc.record({ name: fc.string({ unit: 'grapheme' }) }) }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(good, { maxLength: 6 }), sizes, async (events, cuts) => {
        const text = events.map((one) => `${JSON.stringify(one)}\n`).join('');
        expect(await read(text, cuts)).toEqual(events.map((one) => one.type));
      }),
      { ...BOUNDS, numRuns: 300 },
    );
  });
});
