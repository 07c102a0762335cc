const TOOLKIT = 'toolkit.fluxcd.io';
/** Written by tools about the target itself; on the primary they would be lies. */
const TARGET_ONLY = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
];

/** Entries whose key starts with one of the prefixes (`*`: all), without Flux's own marks. */
export function filterByPrefix(
  entries: Readonly<Record<string, string>> | undefined,
  prefixes: readonly string[],
): Record<string, string> {
  const all = prefixes.includes('*');
  return keep(
    entries,
    (key) => all || prefixes.some((prefix) => prefix !== '' && key.startsWith(prefix)),
  );
}

/** Annotations of a target that its new primary takes over. */
export function inheritedAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return keep(annotations, (key) => !key.startsWith('sluice.dev/') && !TARGET_ONLY.includes(key));
}

function keep(
  entries: Readonly<Record<string, string>> | undefined,
  wanted: (key: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries ?? {}).filter(([key]) => !key.includes(TOOLKIT) && wanted(key)),
  );
}
