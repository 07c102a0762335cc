import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createAuthority, createKey } from '../../../src/tls/authority.ts';
import { joinPem } from '../../../src/tls/ca-bundle.ts';
import { createPublished } from '../../../src/tls/published.ts';

it('knows since when an authority has been published', async () => {
  const clock = new VirtualClock();
  const key = await createKey();
  const certs = [0, 1, 2].map(
    () => createAuthority(key, { now: clock.now(), lifetimeMs: 86_400_000 }).cert,
  );
  const [first = '', second = '', third = ''] = certs;
  const published = createPublished(clock, 1000);
  const settledAt = (cert: string): number =>
    published.settledAt(new X509Certificate(cert), clock.now());
  expect(settledAt(first)).toBe(clock.now() + 1000);
  published.note(first);
  expect(settledAt(first)).toBe(-Infinity);
  const start = clock.now();
  published.note(joinPem([second, first]));
  await clock.advance(400);
  published.note(joinPem([second, first]));
  expect(settledAt(second)).toBe(start + 1000);
  expect(settledAt(first)).toBe(-Infinity);
  expect(settledAt(third)).toBe(clock.now() + 1000);
  published.note(first);
  expect(settledAt(second)).toBe(clock.now() + 1000);
});
