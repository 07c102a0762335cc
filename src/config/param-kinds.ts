import { SluiceError } from '../domain/errors.ts';
import { parseApiVersion } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';

/** A kind whose objects may be parameters of policies. */
interface ParamKind {
  readonly apiVersion: string;
  readonly kind: string;
}

const ENTRY = /^((?:[a-z0-9.-]+\/)?v[a-z0-9]+)\/([A-Z][A-Za-z0-9]*)$/;

/**
 * Reads `--param-kinds`. A Secret is never a parameter; what Sluice watches for itself is kept in part only, so it is
 * none either.
 * @throws SluiceError SLUICE_CONFIG for an entry that is not `apiVersion/Kind`, is given twice, or may be no parameter
 */
export function readParamKinds(entries: readonly string[]): readonly ParamKind[] {
  const seen = new Set<string>();
  return entries.map((entry) => {
    const [, apiVersion = '', kind = ''] = ENTRY.exec(entry) ?? [];
    if (kind === '') throw refused('an entry is not apiVersion/Kind, such as v1/ConfigMap');
    const { group } = parseApiVersion(apiVersion);
    if (kind === 'Secret') throw refused('a Secret cannot be a parameter');
    if (isWatchedAnyway(group, kind)) throw refused(`${kind} cannot be a parameter`);
    if (seen.has(`${group}/${kind}`)) throw refused(`${kind} is given twice`);
    seen.add(`${group}/${kind}`);
    return { apiVersion, kind };
  });
}

function isWatchedAnyway(group: string, kind: string): boolean {
  return Object.values(RESOURCES).some(
    (type) => type !== RESOURCES.configMaps && type.group === group && type.kind === kind,
  );
}

function refused(problem: string): SluiceError {
  return new SluiceError('SLUICE_CONFIG', `--param-kinds: ${problem}`);
}
