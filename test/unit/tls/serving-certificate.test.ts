import { X509Certificate } from 'node:crypto';
import { expect, it, describe } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { readBundle } from '../../../src/tls/ca-bundle.ts';
import {
  createServingCertificate,
  type ServingCertificate,
} from '../../../src/tls/serving-certificate.ts';
import { MemoryClient } from '../../support/memory-client.ts';

const DAY = 86_400_000;
const place = { namespace: 'sluice-system', secretName: 'sluice-webhook-tls' };
type Secret = KubeObject & { type?: string; data?: Record<string, string> };

function world() {
  const clock = new VirtualClock(Date.now());
  const client = new MemoryClient(clock);
  const stop = new AbortController();
  const replica = (): ServingCertificate =>
    createServingCertificate({
      client,
      clock,
      ...place,
      dnsNames: ['sluice-webhook.sluice-system.svc'],
      ipAddresses: ['127.0.0.1'],
      logger: silentLogger,
    });
  const secret = (): Secret | undefined =>
    client.peek<Secret>(RESOURCES.secrets, place.namespace, place.secretName);
  return { clock, client, stop, signal: stop.signal, replica, secret };
}

describe('the serving certificate', () => {
  it('is made once and shared: who loses the race adopts', async () => {
    const { replica, signal, client, secret, stop } = world();
    const replicas = [replica(), replica(), replica()];
    await Promise.all(replicas.map((each) => each.start(signal)));
    const certs = replicas.map((each) => each.current().cert);
    expect(new Set(certs).size).toBe(1);
    expect(client.writes.filter(({ verb }) => verb === 'create')).toHaveLength(1);
    expect(secret()?.type).toBe('kubernetes.io/tls');
    expect(Object.keys(secret()?.data ?? {}).sort()).toEqual([
      'ca.crt',
      'ca.key',
      'tls.crt',
      'tls.key',
    ]);
    stop.abort();
  });

  it('is not there before start', () => {
    expect(() => world().replica().current()).toThrow(/no serving certificate/);
  });

  it('adopts a Secret that somebody made empty, and keeps what else is in it', async () => {
    const { replica, signal, client, secret, stop } = world();
    const data = { note: Buffer.from('mine').toString('base64') };
    const metadata = { name: place.secretName, namespace: place.namespace };
    const object: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
    await client.create(RESOURCES.secrets, object);
    const one = replica();
    await one.start(signal);
    expect(secret()?.data).toMatchObject(data);
    expect(secret()?.type).toBe('Opaque');
    expect(one.current().cert).toContain('BEGIN CERTIFICATE');
    stop.abort();
  });

  it('waits for the API server, and for the right to read the Secret', async () => {
    const { replica, signal, client, clock, stop } = world();
    const answers = [
      new ClusterError('Unreachable', 'no route'),
      new ClusterError('Forbidden', 'not yet', { status: 403 }),
    ];
    client.intercept = () => {
      const problem = answers.shift();
      if (problem !== undefined) throw problem;
    };
    const one = replica();
    const started = one.start(signal);
    await clock.advance(10_000);
    await started;
    expect(one.current().expiresAt).toBeGreaterThan(clock.now());
    stop.abort();
  });

  it('ends with the signal when the Secret cannot be had', async () => {
    const { replica, client, stop, signal } = world();
    client.intercept = () => {
      throw new ClusterError('Unreachable', 'no route');
    };
    const started = replica().start(signal);
    stop.abort(new Error('stopped'));
    await expect(started).rejects.toThrow();
  });
});

describe('renewal', () => {
  it('swaps in a new serving certificate of the same authority, on every replica', async () => {
    const { replica, signal, clock, stop } = world();
    const [one, two] = [replica(), replica()];
    await Promise.all([one.start(signal), two.start(signal)]);
    const before = one.current();
    const heard: string[] = [];
    one.subscribe(({ cert }) => heard.push(cert));
    stop.abort();
    const later = new AbortController().signal;
    await clock.advance(61 * DAY);
    await Promise.all([one.refresh(later), two.refresh(later)]);
    expect(one.current().cert).not.toBe(before.cert);
    expect(two.current().cert).toBe(one.current().cert);
    expect(one.current().caBundle).toBe(before.caBundle);
    expect(heard).toEqual([one.current().cert]);
  });

  it('carries the old and the new authority while they overlap', async () => {
    const { replica, signal, clock, stop } = world();
    const one = replica();
    await one.start(signal);
    stop.abort();
    const later = new AbortController().signal;
    const first = one.current().caBundle;
    for (let day = 0; day < 250; day += 50) {
      await clock.advance(50 * DAY);
      await one.refresh(later);
    }
    const { caBundle, cert } = one.current();
    const [newest, old] = readBundle(caBundle);
    expect(old?.pem).toBe(first);
    // What is served is still what clients with the old bundle trust.
    expect(new X509Certificate(cert).checkIssued(old?.x509 ?? new X509Certificate(cert))).toBe(
      true,
    );
    await clock.advance(2 * 3_600_000);
    await one.refresh(later);
    const served = new X509Certificate(one.current().cert);
    expect(newest === undefined ? false : served.checkIssued(newest.x509)).toBe(true);
    expect(readBundle(one.current().caBundle)).toHaveLength(2);
  });

  it('repairs a Secret that somebody has broken, without serving what is broken', async () => {
    const { replica, signal, client, secret, stop } = world();
    const one = replica();
    await one.start(signal);
    stop.abort();
    const stored = secret();
    if (stored === undefined) throw new Error('no Secret');
    const broken = { ...stored, data: { ...stored.data, 'tls.crt': '', 'tls.key': '' } };
    await client.replace(RESOURCES.secrets, broken);
    await one.refresh(new AbortController().signal);
    expect(secret()?.data?.['tls.crt']).not.toBe('');
    expect(one.current().cert).toContain('BEGIN CERTIFICATE');
  });
});
