import { createPublicKey, generateKeyPair, randomBytes, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { CertificatePair } from './pair.ts';

/** Bits of every key. 2048 is what a 90-day certificate needs, and is made in about 100 ms. */
const RSA_BITS = 2048;
/** Certificates begin a little before they are made, for clocks that are behind. Milliseconds. */
export const BACKDATE_MS = 5 * 60_000;

export interface Lifetime {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly lifetimeMs: number;
}

export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** An RSA key made by node:crypto, off the event loop. */
export async function createKey(): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return privateKey;
}

/** A self-signed authority that may issue serving certificates and nothing below. */
export function createAuthority(key: KeyObject, { now, lifetimeMs }: Lifetime): CertificatePair {
  const certificate = blank(key, now, now + lifetimeMs);
  const serial = certificate.serialNumber.slice(0, 8);
  const name = [{ name: 'commonName', value: `sluice webhook authority ${serial}` }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: keyIdentifier(certificate) },
  ]);
  return { key: pemOf(key), cert: signed(certificate, key) };
}

/** A serving certificate for TLS servers; never valid for longer than its authority. */
export function issueServing(
  authority: { readonly key: KeyObject; readonly cert: string },
  key: KeyObject,
  options: Lifetime & ServingNames,
): CertificatePair {
  const issuer = forge.pki.certificateFromPem(authority.cert);
  const end = Math.min(options.now + options.lifetimeMs, issuer.validity.notAfter.getTime());
  const certificate = blank(key, options.now, end);
  certificate.setSubject([{ name: 'commonName', value: 'sluice webhook' }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: keyIdentifier(issuer) },
    { name: 'subjectAltName', altNames: altNames(options) },
  ]);
  return { key: pemOf(key), cert: signed(certificate, authority.key) };
}

function blank(key: KeyObject, now: number, end: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  const spki = pemOf(key, 'public');
  certificate.publicKey = forge.pki.publicKeyFromPem(spki);
  certificate.serialNumber = serialNumber();
  certificate.validity.notBefore = new Date(now - BACKDATE_MS);
  certificate.validity.notAfter = new Date(end);
  return certificate;
}

/** 16 random bytes as a positive number without leading zeros, as RFC 5280 §4.1.2.2 asks. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function keyIdentifier(certificate: forge.pki.Certificate): string {
  return certificate.generateSubjectKeyIdentifier().getBytes();
}

function altNames({ dnsNames, ipAddresses }: ServingNames): object[] {
  const DNS = 2;
  const IP = 7;
  return [
    ...dnsNames.map((value) => ({ type: DNS, value })),
    ...ipAddresses.map((ip) => ({ type: IP, ip })),
  ];
}

/** Signs by node:crypto: the library's own RSA takes a hundred times as long and blocks the event loop. */
function signed(certificate: forge.pki.Certificate, key: KeyObject): string {
  let content = '';
  const capture = {
    algorithm: 'sha256',
    update: (bytes: string) => {
      content = bytes;
    },
  };
  const signer = {
    sign: () => sign('sha256', Buffer.from(content, 'binary'), key).toString('binary'),
  };
  certificate.sign(
    signer as unknown as forge.pki.rsa.PrivateKey,
    capture as unknown as forge.md.MessageDigest,
  );
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}

function pemOf(key: KeyObject, part: 'private' | 'public' = 'private'): string {
  return part === 'private'
    ? key.export({ type: 'pkcs8', format: 'pem' })
    : createPublicKey(key).export({ type: 'spki', format: 'pem' });
}
