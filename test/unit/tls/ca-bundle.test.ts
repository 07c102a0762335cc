import { expect, it } from 'vitest';
import { createAuthority, createKey } from '../../../src/tls/authority.ts';
import { joinPem, readBundle, readCertificate } from '../../../src/tls/ca-bundle.ts';

it('joins texts that lack their final newline into a bundle that can be read', async () => {
  const key = await createKey();
  const at = { now: Date.UTC(2026, 0, 1), lifetimeMs: 86_400_000 };
  const [first, second] = [createAuthority(key, at), createAuthority(key, at)];
  const bundle = joinPem([first.cert.trimEnd(), '', `\n${second.cert}\n\n`]);
  expect(readBundle(bundle).map(({ pem }) => pem)).toEqual([first.cert, second.cert]);
  expect(bundle).toBe(first.cert + second.cert);
});

it('leaves out what is no certificate', () => {
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  expect(readBundle(broken)).toEqual([]);
  expect(readBundle('')).toEqual([]);
  expect(readCertificate('')).toBeUndefined();
  expect(joinPem([])).toBe('');
});
