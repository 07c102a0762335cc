import { X509Certificate } from 'node:crypto';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** One certificate of a bundle. */
export interface BundledCertificate {
  /** PEM, with its final newline. */
  readonly pem: string;
  readonly x509: X509Certificate;
}

/**
 * Joins PEM texts. Each gets its final newline first: two blocks joined without one are a bundle that nobody can read.
 */
export function joinPem(texts: readonly string[]): string {
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => `${text}\n`)
    .join('');
}

/** The certificates of a PEM text in their order; blocks that cannot be read are left out. */
export function readBundle(pem: string): BundledCertificate[] {
  return (pem.match(PEM_CERTIFICATE) ?? []).flatMap((block) => {
    const x509 = readCertificate(block);
    return x509 === undefined ? [] : [{ pem: `${block}\n`, x509 }];
  });
}

/** The first certificate of a PEM text; undefined when there is none that can be read. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Milliseconds since the Unix epoch between which a certificate is valid; the end is inclusive, as RFC 5280 says. */
export function validityOf(x509: X509Certificate): { readonly from: number; readonly to: number } {
  return { from: x509.validFromDate.getTime(), to: x509.validToDate.getTime() };
}
