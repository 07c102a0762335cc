import type { Json } from '../lib/lossless-json.ts';
import type { CelMap, CelValue } from './values.ts';

/**
 * JSON as a CEL value. Objects become maps that look only at own keys and convert members when they are first read;
 * convert once for all expressions that read the same object.
 */
export function fromJson(_json: Json): CelValue {
  throw new Error('not yet');
}

/** A map from plain entries, e.g. for facts that are not JSON (timestamps among them). Keys are strings. */
export function mapFromEntries(_entries: Iterable<readonly [string, CelValue]>): CelMap {
  throw new Error('not yet');
}
