import { SluiceError } from '../domain/errors.ts';
import { parseApiVersion } from '../domain/object.ts';

/** A kind whose objects the background scan examines. */
export interface ScanKind {
  readonly apiVersion: string;
  readonly kind: string;
}

const ENTRY = /^((?:[a-z0-9.-]+\/)?v[a-z0-9]+)\/([A-Z][A-Za-z0-9]*)$/;
const SCANNED_ANYWAY = new Set(['apps/Deployment', 'flagger.app/Canary']);

/**
 * Reads `--scan-kinds`. Secrets are never examined: a policy's message could say what is in them.
 * @throws SluiceError SLUICE_CONFIG for an entry that is not `apiVersion/Kind`, is given twice, is a Secret or is
 * examined anyway
 */
export function readScanKinds(entries: readonly string[]): readonly ScanKind[] {
  const seen = new Set<string>();
  return entries.map((entry) => {
    const [, apiVersion = '', kind = ''] = ENTRY.exec(entry) ?? [];
    if (kind === '') throw refused('an entry is not apiVersion/Kind, such as apps/v1/StatefulSet');
    const name = `${parseApiVersion(apiVersion).group}/${kind}`;
    if (name === '/Secret') throw refused('Secrets are not examined');
    if (SCANNED_ANYWAY.has(name)) throw refused(`${kind} is examined anyway`);
    if (seen.has(name)) throw refused(`${kind} is given twice`);
    seen.add(name);
    return { apiVersion, kind };
  });
}

function refused(problem: string): SluiceError {
  return new SluiceError('SLUICE_CONFIG', `--scan-kinds: ${problem}`);
}
