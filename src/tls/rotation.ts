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
  /** An authority in the bundle has expired and goes. */
  | { readonly action: 'drop-expired'; readonly bundle: readonly string[] };

/** The part of a lifetime that is left when the successor is made. */
const RENEW_AT = 1 / 3;

interface Material {
  readonly bundle: readonly BundledCertificate[];
  readonly expired: number;
  readonly authority: (CertificatePair & { readonly x509: X509Certificate }) | undefined;
  readonly serving:
    | (CertificatePair & { readonly x509: X509Certificate; readonly issuer: X509Certificate })
    | undefined;
}

/**
 * Decides what to do about the Secret; pure, so that every replica comes to the same answer.
 *
 * A new authority is first only added to the bundle and issues nothing until it has settled there, so that the API
 * server trusts it before the first server uses it. Whatever cannot be read, does not fit or has expired counts as
 * absent.
 * @param now milliseconds since the Unix epoch
 */
export function planRotation(
  data: SecretData | undefined,
  now: number,
  options: RotationOptions,
): RotationPlan {
  const { bundle, expired, authority, serving } = readMaterial(data ?? {}, now, options);
  const kept = bundle.map(({ pem }) => pem);
  if (authority === undefined) {
    return { action: 'renew-authority', reason: 'no usable authority', bundle: kept, serving };
  }
  const renewServing = (reason: string): RotationPlan => ({
    action: 'renew-serving',
    reason,
    authority: { key: authority.key, cert: authority.cert },
    bundle: kept,
  });
  if (serving === undefined) return renewServing('no usable serving certificate');
  if (now >= renewalOf(authority.x509)) {
    return { action: 'renew-authority', reason: 'the authority ends soon', bundle: kept, serving };
  }
  const settledAt = validityOf(authority.x509).from + BACKDATE_MS + options.settleMs;
  const isOwn = serving.issuer.fingerprint256 === authority.x509.fingerprint256;
  const servingDue = isOwn ? renewalOf(serving.x509) : settledAt;
  if (now >= servingDue) {
    return renewServing(isOwn ? 'the serving certificate ends soon' : 'the authority is new');
  }
  if (expired > 0) return { action: 'drop-expired', bundle: kept };
  const ends = bundle.map(({ x509 }) => validityOf(x509).to + 1000);
  return {
    action: 'keep',
    nextChangeAt: Math.min(servingDue, renewalOf(authority.x509), ...ends),
  };
}

function renewalOf(x509: X509Certificate): number {
  const { from, to } = validityOf(x509);
  return to - (to - from) * RENEW_AT;
}

function readMaterial(data: SecretData, now: number, names: ServingNames): Material {
  const all = readBundle(data['ca.crt'] ?? '').filter(({ x509 }) => x509.ca);
  const bundle = all.filter(({ x509 }) => now <= validityOf(x509).to);
  return {
    bundle,
    expired: all.length - bundle.length,
    authority: readAuthority(data['ca.key'] ?? '', bundle, now),
    serving: readServing(data, bundle, now, names),
  };
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

function readServing(
  data: SecretData,
  bundle: readonly BundledCertificate[],
  now: number,
  names: ServingNames,
): Material['serving'] {
  const pair = { key: data['tls.key'] ?? '', cert: data['tls.crt'] ?? '' };
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
