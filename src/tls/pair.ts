import { createPrivateKey, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { SluiceError } from '../domain/errors.ts';
import { readCertificate } from './ca-bundle.ts';

/** A private key and its certificate, PEM. */
export interface CertificatePair {
  readonly key: string;
  readonly cert: string;
}

/** Reads a private key; undefined when the text is none. */
export function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** Whether both parse and belong together. */
export function isPair({ key, cert }: CertificatePair): boolean {
  const privateKey = readPrivateKey(key);
  return privateKey !== undefined && readCertificate(cert)?.checkPrivateKey(privateKey) === true;
}

/**
 * Makes sure that a server can use a pair. `setSecureContext` throws on a mismatch but takes empty strings, after which
 * every handshake fails: so the pair is looked at before it is swapped in.
 * @throws SluiceError SLUICE_CERTIFICATE
 */
export function assertPair(pair: CertificatePair): void {
  if (!isPair(pair)) {
    throw new SluiceError('SLUICE_CERTIFICATE', 'the serving key and certificate do not fit');
  }
  try {
    createSecureContext({ key: pair.key, cert: pair.cert, minVersion: 'TLSv1.3' });
  } catch (cause) {
    throw new SluiceError('SLUICE_CERTIFICATE', 'the serving certificate cannot be used', {
      cause,
    });
  }
}
