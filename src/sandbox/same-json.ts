import { canonicalJson } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';

/** Whether two plain JSON values are equal, whatever the order of their keys; absent equals null. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return canonicalJson((a ?? null) as Json) === canonicalJson((b ?? null) as Json);
}
