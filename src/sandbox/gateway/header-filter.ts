import type { HeaderFilter, RouteFilter } from './route.ts';

/** Applies the header filters of one direction, in their order. Header names are lower case. */
export function filterHeaders(
  headers: Readonly<Record<string, string>>,
  filters: readonly RouteFilter[],
  direction: 'request' | 'response',
): Record<string, string> {
  let filtered = { ...headers };
  for (const filter of filters) {
    const modifier =
      direction === 'request' ? filter.requestHeaderModifier : filter.responseHeaderModifier;
    if (modifier !== undefined) filtered = apply(filtered, modifier);
  }
  return filtered;
}

function apply(headers: Record<string, string>, modifier: HeaderFilter): Record<string, string> {
  const removed = new Set((modifier.remove ?? []).map((name) => name.toLowerCase()));
  const changed = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !removed.has(name)),
  );
  for (const { name, value } of modifier.set ?? []) changed[name.toLowerCase()] = value;
  for (const { name, value } of modifier.add ?? []) {
    const key = name.toLowerCase();
    const present = changed[key];
    changed[key] = present === undefined ? value : `${present}, ${value}`;
  }
  return changed;
}
