import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { BACKDATE_MS, type ServingNames } from './authority.ts';
import { readBundle, readCertificate, validityOf, type BundledCertificate } from './ca-bundle.ts';
import { isPair, readPrivateKey, type CertificatePair } from './pair.ts';

/** What the Secret holds, decoded: PEM texts, each absent when the Secret lacks it. */
export interface SecretData {
  /** Every authority that clients have to trust, the newest first. */
  readonly 'ca.crt'?: string;
  /** Key of the newest authority. */
  readonly 'ca.key'?: string;
  readonly 'tls.crt'?: string;
  readonly 'tls.key'?: string;
}

export interface RotationOptions extends ServingNames {
  /** Milliseconds between the birth of an authority and its first use, in which every bundle learns it. */
  readonly settleMs: number;
}

/** What a replica serves and has published, whatever has become of the Secret since. */
export interface HeldMaterial extends CertificatePair {
  readonly caBundle: string;
  /**
   * When an authority will have been in the published bundle for the settle time, milliseconds since the Unix epoch;
   * `-Infinity` for those that were there from the start.
   */
  settledAt(authority: X509Certificate): number;
}

/** What is to be done about the Secret. */
export type RotationPlan =
  /** Nothing until `nextChangeAt`, milliseconds since the Unix epoch. */
  | { readonly action: 'keep'; readonly nextChangeAt: number }
  /** A new serving certificate from the newest authority. */
  | {
      readonly action: 'renew-serving';
      readonly reason: string;
      readonly authority: CertificatePair;
      /** Authorities that stay in the bundle. */
      readonly bundle: readonly string[];
    }
  /** A new authority beside the old ones; the serving certificate stays when `serving` is set. */
  | {
      readonly action: 'renew-authority';
      readonly reason: string;
      readonly bundle: readonly string[];
      readonly serving: CertificatePair | undefined;
    }
  /** Something that is in use is missing from the Secret and goes back into it. */
  | {
      readonly action: 'restore';
      readonly bundle: readonly string[];
      readonly serving: CertificatePair;
    }
  /** An authority in the bundle has expired and goes. */
  | { readonly action: 'drop-expired'; readonly bundle: readonly string[] };

/** The part of a lifetime that is left when the successor is made. */
const RENEW_AT = 1 / 3;
/** Authorities that a Secret is given back at most: whoever keeps replacing it must not make it grow without end. */
const MAX_RESTORED = 8;

/** A serving certificate that can be used, and who issued it. */
interface Serving extends CertificatePair {
  readonly x509: X509Certificate;
  readonly issuer: X509Certificate;
}

interface Material {
  readonly bundle: readonly BundledCertificate[];
  readonly expired: number;
  readonly authority: (CertificatePair & { readonly x509: X509Certificate }) | undefined;
  readonly serving: Serving | undefined;
  /** Whether the Secret lacks an authority of the bundle, or the serving certificate. */
  readonly isIncomplete: boolean;
}

/**
 * Decides what to do about the Secret; pure, so that replicas that hold the same come to the same answer.
 *
 * A new authority is first only added to the bundle and issues nothing until it has settled there, so that the API
 * server trusts it before the first server uses it. Whatever cannot be read, does not fit or has expired counts as
 * absent. What is held and still good stays in force beside whatever the Secret holds now: a Secret that was deleted,
 * or replaced by that of another authority, must not end what clients trust.
 * @param now milliseconds since the Unix epoch
 * @param held what this replica serves; undefined before it serves anything
 */
export function planRotation(
  data: SecretData | undefined,
  now: number,
  options: RotationOptions,
  held?: HeldMaterial,
): RotationPlan {
  const material = readMaterial(data ?? {}, now, options, held);
  const { bundle, expired, authority, serving, isIncomplete } = material;
  const kept = bundle.map(({ pem }) => pem);
  const pair = serving && { key: serving.key, cert: serving.cert };
  if (authority === undefined) {
    return {
      action: 'renew-authority',
      reason: 'no usable authority',
      bundle: kept,
      serving: pair,
    };
  }
  const renewServing = (reason: string): RotationPlan => ({
    action: 'renew-serving',
    reason,
    authority: { key: authority.key, cert: authority.cert },
    bundle: kept,
  });
  if (serving === undefined) return renewServing('no usable serving certificate');
  if (now >= renewalOf(authority.x509)) {
    const reason = 'the authority ends soon';
    return { action: 'renew-authority', reason, bundle: kept, serving: pair };
  }
  const isOwn = serving.issuer.fingerprint256 === authority.x509.fingerprint256;
  const servingDue = isOwn ? renewalOf(serving.x509) : settledAt(authority.x509, options, held);
  if (now >= servingDue) {
    return renewServing(isOwn ? 'the serving certificate ends soon' : 'the authority is new');
  }
  if (isIncomplete && pair !== undefined) return { action: 'restore', bundle: kept, serving: pair };
  if (expired > 0) return { action: 'drop-expired', bundle: kept };
  const ends = bundle.map(({ x509 }) => validityOf(x509).to + 1000);
  return {
    action: 'keep',
    nextChangeAt: Math.min(servingDue, renewalOf(authority.x509), ...ends),
  };
}

/**
 * Which serving certificate to use now that the Secret holds another one: the one in use stays until clients have had
 * the settle time to learn the authority of the next.
 * @returns the pair, and when the other is to be looked at again; undefined when the Secret's own is to be used
 */
export function stillServed(
  data: SecretData,
  now: number,
  names: ServingNames,
  held: HeldMaterial | undefined,
): { readonly pair: CertificatePair; readonly until: number } | undefined {
  if (held === undefined || held.cert === data['tls.crt']) return undefined;
  const bundle = readBundle(data['ca.crt'] ?? '');
  const next = readServing(pairOf(data), bundle, now, names);
  const inUse = readServing(held, bundle, now, names);
  if (next === undefined || inUse === undefined) return undefined;
  const until = held.settledAt(next.issuer);
  return now >= until ? undefined : { pair: { key: held.key, cert: held.cert }, until };
}

/** Nobody can know from its dates alone whether an authority that others put there has been published. */
function settledAt(
  authority: X509Certificate,
  { settleMs }: RotationOptions,
  held: HeldMaterial | undefined,
): number {
  const byAge = validityOf(authority).from + BACKDATE_MS + settleMs;
  return Math.max(byAge, held?.settledAt(authority) ?? byAge);
}

function renewalOf(x509: X509Certificate): number {
  const { from, to } = validityOf(x509);
  return to - (to - from) * RENEW_AT;
}

function readMaterial(
  data: SecretData,
  now: number,
  names: ServingNames,
  held: HeldMaterial | undefined,
): Material {
  const isUsable = ({ x509 }: BundledCertificate): boolean => now <= validityOf(x509).to;
  const stored = readBundle(data['ca.crt'] ?? '').filter(({ x509 }) => x509.ca);
  const own = stored.filter(isUsable);
  const missing = missingOf(own, held).filter(isUsable);
  const bundle = [...own, ...missing];
  const serving = readServing(pairOf(data), bundle, now, names);
  const inUse = held && readServing(held, bundle, now, names);
  return {
    bundle,
    expired: stored.length - own.length,
    authority: readAuthority(data['ca.key'] ?? '', own, now),
    serving: serving ?? inUse,
    isIncomplete: missing.length > 0 || serving === undefined,
  };
}

/** The authorities that were published and are not in the bundle any more; always the issuer of what is served. */
function missingOf(
  bundle: readonly BundledCertificate[],
  held: HeldMaterial | undefined,
): readonly BundledCertificate[] {
  if (held === undefined) return [];
  const known = new Set(bundle.map(({ x509 }) => x509.fingerprint256));
  const missing = readBundle(held.caBundle).filter(({ x509 }) => !known.has(x509.fingerprint256));
  const served = readCertificate(held.cert);
  const isIssuer = ({ x509 }: BundledCertificate): boolean => served?.checkIssued(x509) === true;
  const others = missing.filter((each) => !isIssuer(each));
  return [
    ...missing.filter(isIssuer),
    ...others.slice(0, Math.max(0, MAX_RESTORED - bundle.length)),
  ];
}

function readAuthority(
  key: string,
  bundle: readonly BundledCertificate[],
  now: number,
): Material['authority'] {
  const privateKey = readPrivateKey(key);
  // Only RSA authorities can issue here: the X.509 library knows no other keys.
  if (privateKey?.asymmetricKeyType !== 'rsa') return undefined;
  const own = bundle.find(
    ({ x509 }) => x509.checkPrivateKey(privateKey) && validityOf(x509).from <= now,
  );
  return own === undefined ? undefined : { key, cert: own.pem, x509: own.x509 };
}

/** The serving certificate as the Secret holds it, which may be none. */
export function pairOf(data: SecretData): CertificatePair {
  return { key: data['tls.key'] ?? '', cert: data['tls.crt'] ?? '' };
}

function readServing(
  { key, cert }: CertificatePair,
  bundle: readonly BundledCertificate[],
  now: number,
  names: ServingNames,
): Serving | undefined {
  const pair = { key, cert };
  const x509 = readCertificate(pair.cert);
  if (x509 === undefined || !isPair(pair)) return undefined;
  const { from, to } = validityOf(x509);
  const issuer = bundle.find(
    (entry) => x509.checkIssued(entry.x509) && x509.verify(entry.x509.publicKey),
  )?.x509;
  const isValid = from <= now && now <= to && covers(x509, names);
  return issuer === undefined || !isValid ? undefined : { ...pair, x509, issuer };
}

function covers(x509: X509Certificate, { dnsNames, ipAddresses }: ServingNames): boolean {
  return (
    dnsNames.every((name) => x509.checkHost(name, { subject: 'never' }) !== undefined) &&
    ipAddresses.every((ip) => isIP(ip) !== 0 && x509.checkIP(ip) !== undefined)
  );
}
