import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, createKey, issueServing } from '../../../src/tls/authority.ts';
import { joinPem } from '../../../src/tls/ca-bundle.ts';
import type { CertificatePair } from '../../../src/tls/pair.ts';
import {
  planRotation,
  stillServed,
  type HeldMaterial,
  type SecretData,
} from '../../../src/tls/rotation.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const born = Date.UTC(2026, 0, 1);
const options = { dnsNames: ['a.svc'], ipAddresses: ['127.0.0.1'], settleMs: HOUR };

let keys: KeyObject[];
let ca: CertificatePair;
let leaf: CertificatePair;
let data: SecretData;

beforeAll(async () => {
  keys = await Promise.all([createKey(), createKey(), createKey()]);
  ca = authority(0, born);
  leaf = serving(0, ca, born);
  data = secret(ca, leaf);
});

function ecKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' });
}

function keyAt(index: number): KeyObject {
  const key = keys[index];
  if (key === undefined) throw new Error('no such key');
  return key;
}

function authority(key: number, now: number, days = 365): CertificatePair {
  return createAuthority(keyAt(key), { now, lifetimeMs: days * DAY });
}

function serving(key: number, issuer: CertificatePair, now: number, days = 90): CertificatePair {
  const by = { key: keyAt(key), cert: issuer.cert };
  return issueServing(by, keyAt(2), { ...options, now, lifetimeMs: days * DAY });
}

function secret(newest: CertificatePair, own: CertificatePair, older: string[] = []): SecretData {
  return {
    'ca.crt': joinPem([newest.cert, ...older]),
    'ca.key': newest.key,
    'tls.crt': own.cert,
    'tls.key': own.key,
  };
}

describe('planRotation', () => {
  it('makes everything when there is nothing', () => {
    for (const empty of [undefined, {}]) {
      expect(planRotation(empty, born, options)).toEqual({
        action: 'renew-authority',
        reason: 'no usable authority',
        bundle: [],
        serving: undefined,
      });
    }
  });

  it('keeps what is fresh until a third of the serving certificate is left', () => {
    const plan = planRotation(data, born, options);
    expect(plan).toMatchObject({ action: 'keep' });
    if (plan.action !== 'keep') return;
    expect(Math.abs(plan.nextChangeAt - (born + 60 * DAY))).toBeLessThan(HOUR);
  });

  it.each([
    ['one day after', 1, 'keep'],
    ['shortly before two thirds', 59.9, 'keep'],
    ['at two thirds', 60, 'renew-serving'],
    ['after the serving certificate has ended', 91, 'renew-serving'],
  ])('%s', (_name, days, action) => {
    expect(planRotation(data, born + days * DAY, options).action).toBe(action);
  });

  it.each([
    ['no serving certificate', (): SecretData => ({ ...data, 'tls.crt': '' }), 'renew-serving'],
    [
      'a serving key that does not fit',
      (): SecretData => ({ ...data, 'tls.key': ca.key }),
      'renew-serving',
    ],
    ['garbage', (): SecretData => ({ ...data, 'tls.crt': 'x', 'tls.key': 'y' }), 'renew-serving'],
    ['no authority key', (): SecretData => ({ ...data, 'ca.key': '' }), 'renew-authority'],
    [
      'an authority that cannot issue here',
      (): SecretData => ({ ...data, 'ca.key': ecKey() }),
      'renew-authority',
    ],
    [
      'the key of somebody else',
      (): SecretData => ({ ...data, 'ca.key': leaf.key }),
      'renew-authority',
    ],
    [
      'a bundle that cannot be read',
      (): SecretData => ({ ...data, 'ca.crt': 'x' }),
      'renew-authority',
    ],
    [
      'a leaf in place of the authority',
      (): SecretData => ({ ...data, 'ca.crt': leaf.cert }),
      'renew-authority',
    ],
  ])('%s is replaced', (_name, make, action) => {
    expect(planRotation(make(), born + DAY, options).action).toBe(action);
  });

  it('issues again when the names have changed', () => {
    const renamed = { ...options, dnsNames: ['b.svc'] };
    expect(planRotation(data, born, renamed)).toMatchObject({ action: 'renew-serving' });
    const moved = { ...options, ipAddresses: ['10.0.0.1'] };
    expect(planRotation(data, born, moved)).toMatchObject({ action: 'renew-serving' });
  });

  it('keeps the serving certificate when only the key of the authority is lost', () => {
    const plan = planRotation({ ...data, 'ca.key': '' }, born + DAY, options);
    expect(plan).toMatchObject({ action: 'renew-authority', bundle: [ca.cert] });
    if (plan.action === 'renew-authority') expect(plan.serving?.cert).toBe(leaf.cert);
  });
});

describe('a new authority', () => {
  const late = born + 250 * DAY;

  it('is made while a third of the old one is left, beside it', () => {
    const own = secret(ca, serving(0, ca, late));
    const plan = planRotation(own, late, options);
    expect(plan).toMatchObject({ action: 'renew-authority', bundle: [ca.cert] });
    if (plan.action === 'renew-authority') expect(plan.serving?.cert).toBe(own['tls.crt']);
  });

  it('issues nothing before it has settled, and then at once', () => {
    const successor = authority(1, late);
    const own = secret(successor, serving(0, ca, late - DAY), [ca.cert]);
    const young = planRotation(own, late + HOUR - 1000, options);
    expect(young.action).toBe('keep');
    if (young.action === 'keep') {
      expect(Math.abs(young.nextChangeAt - (late + HOUR))).toBeLessThanOrEqual(1000);
    }
    expect(planRotation(own, late + HOUR, options)).toMatchObject({
      action: 'renew-serving',
      reason: 'the authority is new',
      authority: { cert: successor.cert },
      bundle: [successor.cert, ca.cert],
    });
  });

  it('issues at once when the old serving certificate is of no use any more', () => {
    const successor = authority(1, late);
    const own = { ...secret(successor, leaf, [ca.cert]), 'tls.key': 'lost' };
    expect(planRotation(own, late, options)).toMatchObject({ action: 'renew-serving' });
  });

  it('outlives the old one, which leaves the bundle when it has ended', () => {
    const successor = authority(1, late);
    const after = born + 366 * DAY;
    const own = secret(successor, serving(1, successor, after - 10 * DAY), [ca.cert]);
    expect(planRotation(own, after, options)).toEqual({
      action: 'drop-expired',
      bundle: [successor.cert],
    });
    const earlier = planRotation(own, born + 364 * DAY, options);
    expect(earlier.action).toBe('keep');
    if (earlier.action === 'keep') expect(earlier.nextChangeAt).toBeLessThan(after);
  });
});

describe('what is held', () => {
  const at = born + DAY;
  const held = (settled: number, pair = leaf, bundle = ca.cert): HeldMaterial => ({
    ...pair,
    caBundle: bundle,
    settledAt: () => settled,
  });

  it('survives a Secret that is gone: a new authority beside the old, the same serving certificate', () => {
    for (const gone of [undefined, {}, { 'ca.crt': 'x', 'tls.crt': 'y' }]) {
      expect(planRotation(gone, at, options, held(at))).toEqual({
        action: 'renew-authority',
        reason: 'no usable authority',
        bundle: [ca.cert],
        serving: leaf,
      });
    }
  });

  it('goes back into a Secret that lacks it, beside what is there', () => {
    const other = authority(1, born);
    const foreign = secret(other, serving(1, other, born));
    expect(planRotation(foreign, at, options, held(at + HOUR))).toEqual({
      action: 'restore',
      bundle: [other.cert, ca.cert],
      serving: { key: foreign['tls.key'], cert: foreign['tls.crt'] },
    });
    const bare = { 'ca.crt': other.cert, 'ca.key': other.key };
    expect(planRotation(bare, at, options, held(at + HOUR))).toEqual({
      action: 'restore',
      bundle: [other.cert, ca.cert],
      serving: leaf,
    });
  });

  it('is of no use once it has expired', () => {
    const later = born + 400 * DAY;
    expect(planRotation(undefined, later, options, held(0))).toMatchObject({
      bundle: [],
      serving: undefined,
    });
  });

  it('makes an authority that others brought wait until it has been published', () => {
    const other = authority(1, born - 30 * DAY);
    const foreign = secret(other, leaf, [ca.cert]);
    const plan = planRotation(foreign, at, options, held(at + HOUR));
    expect(plan).toEqual({ action: 'keep', nextChangeAt: at + HOUR });
    expect(planRotation(foreign, at, options, held(at)).action).toBe('renew-serving');
  });

  it('does not let a Secret that keeps being replaced grow without end', () => {
    const many = Array.from({ length: 12 }, (_, day) => authority(1, born - day * DAY).cert);
    const plan = planRotation(data, at, options, held(at, leaf, joinPem([...many, ca.cert])));
    expect(plan.action === 'restore' && plan.bundle.length).toBe(8);
    if (plan.action !== 'restore') return;
    const restored = { ...data, 'ca.crt': joinPem(plan.bundle) };
    const bundle = joinPem([...many, ca.cert]);
    expect(planRotation(restored, at, options, held(at, leaf, bundle)).action).toBe('keep');
  });

  it('is served until clients know the authority of the next', () => {
    const other = authority(1, born);
    const next = secret(other, serving(1, other, born), [ca.cert]);
    expect(stillServed(next, at, options, held(at + 1))).toEqual({ pair: leaf, until: at + 1 });
    expect(stillServed(next, at, options, held(at))).toBeUndefined();
    expect(stillServed(next, at, options, undefined)).toBeUndefined();
    expect(stillServed(data, at, options, held(at + 1))).toBeUndefined();
    // What has expired is not held on to.
    const late = born + 95 * DAY;
    const fresh = secret(other, serving(1, other, late), [ca.cert]);
    expect(stillServed(fresh, late, options, held(late + 1))).toBeUndefined();
  });
});
