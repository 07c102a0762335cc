import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { createAuthority, createKey, issueServing } from '../../../src/tls/authority.ts';
import { readBundle } from '../../../src/tls/ca-bundle.ts';
import { NAMES, rotationWorld, someLooks, untilTrue, type Secret } from './rotation-world.ts';

const YEAR = 365;
const key = { namespace: 'sluice-system', name: 'sluice-webhook-tls' };
const signal = new AbortController().signal;
type World = Awaited<ReturnType<typeof rotationWorld>>;

let world: World;

afterEach(async () => {
  await world.end();
});

/** What each replica serves and publishes. */
function served() {
  const [one, two] = world.replicas.map(({ certificate }) => certificate.current());
  if (one === undefined || two === undefined) throw new Error('no replicas');
  return { one, two };
}

/** Until both replicas hold the same and it fulfils the condition. */
async function untilBoth(holds: (material: { cert: string; caBundle: string }) => boolean) {
  await untilTrue(() => {
    const { one, two } = served();
    return one.cert === two.cert && one.caBundle === two.caBundle && holds(one);
  });
  await someLooks();
  return served().one;
}

/** No review failed, and there were many of both kinds. */
async function expectNoFailure(): Promise<void> {
  const { counted, failures } = world.load;
  await untilTrue(() => Math.min(counted.kept, counted.fresh) > 20);
  expect(failures).toEqual([]);
}

function size({ caBundle }: { caBundle: string }): number {
  return readBundle(caBundle).length;
}

async function secret(): Promise<Secret | undefined> {
  return world.client.get<Secret>(RESOURCES.secrets, key, { signal });
}

/** Gives the Secret other data. */
async function fill(data: Record<string, string>): Promise<void> {
  await untilTrue(async () => {
    const stored = await secret();
    if (stored === undefined) return false;
    const encoded = Object.fromEntries(
      Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
    );
    return world.client
      .replace<Secret>(RESOURCES.secrets, { ...stored, data: encoded }, { signal })
      .then(() => true)
      .catch(() => false);
  });
}

/** The certificates of another authority, valid by the machine's own date. */
async function foreign() {
  const [caKey, ownKey] = await Promise.all([createKey(), createKey()]);
  const at = { now: world.clock.now(), lifetimeMs: 300 * 86_400_000 };
  const authority = createAuthority(caKey, at);
  const serving = issueServing({ key: caKey, cert: authority.cert }, ownKey, { ...NAMES, ...at });
  return {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'tls.crt': serving.cert,
    'tls.key': serving.key,
  };
}

function isIssuedBy(cert: string, authority: string | undefined): boolean {
  return new X509Certificate(cert).checkIssued(new X509Certificate(authority ?? ''));
}

describe('no review fails', { timeout: 60_000 }, () => {
  it('while certificates age: a new serving certificate, a new authority, the end of the old one', async () => {
    world = await rotationWorld(-260);
    const first = served().one;
    expect(served().two.cert).toBe(first.cert);
    await someLooks();
    world.date(-59);
    const renewed = await untilBoth(({ cert }) => cert !== first.cert);
    expect(renewed.caBundle).toBe(first.caBundle);
    world.date(-16);
    const joined = await untilBoth((material) => size(material) === 2);
    expect(isIssuedBy(joined.cert, first.caBundle)).toBe(true);
    const settled = await untilBoth(({ cert }) => cert !== renewed.cert);
    expect(isIssuedBy(settled.cert, readBundle(settled.caBundle)[0]?.pem)).toBe(true);
    expect(size(settled)).toBe(2);
    world.date(106);
    const alone = await untilBoth((material) => size(material) === 1);
    expect(alone.cert).toBe(settled.cert);
    await expectNoFailure();
  });

  it('when the Secret is deleted: the old authority stays in the bundle, a new one takes over', async () => {
    world = await rotationWorld(0);
    const before = served().one;
    await someLooks();
    await world.client.delete(RESOURCES.secrets, key, { signal });
    const joined = await untilBoth((material) => size(material) === 2);
    expect(readBundle(joined.caBundle)[1]?.pem).toBe(before.caBundle);
    expect(joined.cert).toBe(before.cert);
    const after = await untilBoth(({ cert }) => cert !== before.cert);
    expect(isIssuedBy(after.cert, readBundle(after.caBundle)[0]?.pem)).toBe(true);
    expect((await secret())?.type).toBe('kubernetes.io/tls');
    await expectNoFailure();
  });

  it('when the Secret becomes that of another authority, which is adopted once it is trusted', async () => {
    world = await rotationWorld(0);
    const before = served().one;
    const other = await foreign();
    await fill(other);
    const joined = await untilBoth((material) => size(material) === 2);
    expect(joined.cert).toBe(before.cert);
    const after = await untilBoth(({ cert }) => cert !== before.cert);
    expect(after.cert).toBe(other['tls.crt']);
    expect(after.caBundle).toBe(`${other['ca.crt']}${before.caBundle}`);
    await expectNoFailure();
  });

  it('when the other authority comes without its key: one of our own takes over', async () => {
    world = await rotationWorld(0);
    const before = served().one;
    const other = await foreign();
    await fill({ ...other, 'ca.key': '' });
    const joined = await untilBoth((material) => size(material) === 3);
    expect(joined.cert).toBe(before.cert);
    const after = await untilBoth(({ cert }) => cert !== before.cert && cert !== other['tls.crt']);
    expect(isIssuedBy(after.cert, readBundle(after.caBundle)[0]?.pem)).toBe(true);
    await expectNoFailure();
  });

  it('when the Secret is filled with garbage, or emptied', async () => {
    world = await rotationWorld(0);
    const before = served().one;
    for (const text of ['garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n', '']) {
      await fill({ 'ca.crt': text, 'ca.key': text, 'tls.crt': text, 'tls.key': text });
      await untilTrue(async () => (await secret())?.data?.['tls.crt'] !== toBase64(text));
      await someLooks();
    }
    expect(served().one.caBundle).toContain(before.caBundle);
    expect(served().two.caBundle).toBe(served().one.caBundle);
    await expectNoFailure();
  });

  it.each([
    ['one replica', 1],
    ['both replicas', 2],
  ])('when the clock of %s jumps forward a year, back, and back another', async (_who, count) => {
    world = await rotationWorld(0);
    const before = served().one;
    const versions = [(await secret())?.metadata.resourceVersion];
    for (const days of [YEAR + 10, 0, -YEAR, 0]) {
      for (const { clock } of world.replicas.slice(0, count)) clock.set(days);
      await someLooks();
      versions.push((await secret())?.metadata.resourceVersion);
    }
    expect(new Set(versions).size).toBe(1);
    expect(served()).toEqual({ one: before, two: before });
    await expectNoFailure();
  });
});

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
