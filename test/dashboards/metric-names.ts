import { readFileSync } from 'node:fs';

const NAME = /(?<![\w:])(?:sluice|flagger|process|nodejs)_[a-z0-9_]+/g;
const PARTS = /_(bucket|sum|count)$/;

/** Names of our own and of the process's metrics in queries; those of a histogram’s parts are the histogram’s. */
export function metricNamesIn(
  queries: readonly string[],
  known: ReadonlySet<string>,
): readonly string[] {
  const found = queries.flatMap((query) => query.match(NAME) ?? []);
  const names = found.map((name) => (known.has(name) ? name : name.replace(PARTS, '')));
  return [...new Set(names)].sort();
}

/** Names that an exposition declares. */
export function exposedNames(exposition: string): Set<string> {
  return new Set([...exposition.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? ''));
}

/** Names in the table of the reference page. */
export function documentedNames(): Set<string> {
  const page = readFileSync('docs/reference/metrics.md', 'utf8');
  return new Set([...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1] ?? ''));
}
