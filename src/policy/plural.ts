import { parseApiVersion } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';

/**
 * Plural resource name of a kind, when no API server can be asked: exact for the kinds that Sluice knows, by the rules
 * that Kubernetes' own kinds follow for others.
 */
export function pluralOf(apiVersion: string, kind: string): string {
  const { group } = parseApiVersion(apiVersion);
  const known = Object.values(RESOURCES).find(
    (resource) => resource.group === group && resource.kind === kind,
  );
  if (known !== undefined) return known.plural;
  const lower = kind.toLowerCase();
  if (lower === '' || lower === 'endpoints') return lower;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}
