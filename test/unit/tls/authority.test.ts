import { spawnSync } from 'node:child_process';
import { X509Certificate, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, createKey, issueServing } from '../../../src/tls/authority.ts';
import { assertPair, isPair, type CertificatePair } from '../../../src/tls/pair.ts';

const DAY = 86_400_000;
const HOST = 'sluice-webhook.sluice-system.svc';
const now = Date.now();
const names = { dnsNames: [HOST, 'localhost'], ipAddresses: ['127.0.0.1', '::1'] };
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

let keys: [KeyObject, KeyObject];
let authority: CertificatePair;
let serving: CertificatePair;

beforeAll(async () => {
  keys = await Promise.all([createKey(), createKey()]);
  authority = createAuthority(keys[0], { now, lifetimeMs: 365 * DAY });
  const issuer = { key: keys[0], cert: authority.cert };
  serving = issueServing(issuer, keys[1], { ...names, now, lifetimeMs: 90 * DAY });
});

describe('an authority and its serving certificate', () => {
  it('are valid for their lifetime, from a little before now', () => {
    const [ca, leaf] = [new X509Certificate(authority.cert), new X509Certificate(serving.cert)];
    const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
    expect(seconds(ca.validToDate)).toBe(Math.floor((now + 365 * DAY) / 1000));
    expect(seconds(leaf.validToDate)).toBe(Math.floor((now + 90 * DAY) / 1000));
    expect(leaf.validFromDate.getTime()).toBeLessThan(now);
    expect(ca.ca).toBe(true);
    expect(leaf.ca).toBe(false);
  });

  it('fit each other, by signature, name and key identifiers', () => {
    const [ca, leaf] = [new X509Certificate(authority.cert), new X509Certificate(serving.cert)];
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(createPublicKey(authority.cert))).toBe(true);
    expect(leaf.checkHost(HOST, { subject: 'never' })).toBe(HOST);
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkIP('::1')).toBe('::1');
    expect(leaf.checkHost('example.com')).toBeUndefined();
  });

  it('never outlives its authority', () => {
    const short = createAuthority(keys[0], { now, lifetimeMs: 10 * DAY });
    const issuer = { key: keys[0], cert: short.cert };
    const leaf = issueServing(issuer, keys[1], { ...names, now, lifetimeMs: 90 * DAY });
    const [end, limit] = [leaf, short].map(({ cert }) => new X509Certificate(cert).validTo);
    expect(end).toBe(limit);
  });

  it('have serial numbers of their own', () => {
    const again = createAuthority(keys[0], { now, lifetimeMs: DAY });
    const serials = [authority, serving, again].map(
      ({ cert }) => new X509Certificate(cert).serialNumber,
    );
    expect(new Set(serials).size).toBe(3);
    expect(serials.every((serial) => /^[4-7]/.test(serial))).toBe(true);
  });
});

describe('a pair', () => {
  it('is checked before it is used', () => {
    expect(() => {
      assertPair(serving);
    }).not.toThrow();
    const bad = [
      { key: '', cert: '' },
      { key: serving.key, cert: '' },
      { key: '', cert: serving.cert },
      { key: authority.key, cert: serving.cert },
      { key: 'no key', cert: 'no certificate' },
    ];
    for (const pair of bad) {
      expect(isPair(pair)).toBe(false);
      expect(() => {
        assertPair(pair);
      }).toThrow(/do not fit/);
    }
  });
});

describe.skipIf(!hasOpenssl)('openssl', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
    writeFileSync(join(folder, 'ca.pem'), authority.cert);
    writeFileSync(join(folder, 'leaf.pem'), serving.cert);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const verify = (...options: string[]) =>
    spawnSync(
      'openssl',
      [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        ...options,
        '-CAfile',
        'ca.pem',
        'leaf.pem',
      ],
      { cwd: folder, encoding: 'utf8' },
    );

  it('accepts the chain under its strict rules', () => {
    expect(verify('-verify_hostname', HOST).stdout.trim()).toBe('leaf.pem: OK');
    expect(verify('-verify_ip', '127.0.0.1').stdout.trim()).toBe('leaf.pem: OK');
  });

  it('refuses another name', () => {
    expect(verify('-verify_hostname', 'example.com').status).not.toBe(0);
  });
});
