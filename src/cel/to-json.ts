import type { Json } from '../lib/lossless-json.ts';
import type { CelValue } from './values.ts';

/** Thrown for a value that has no JSON form (quantity, type, NaN, a map whose keys are not strings, …). */
export class NotJson extends Error {
  override readonly name = 'NotJson';
}

/**
 * A CEL value as MutatingAdmissionPolicy puts it into a patch: integers beyond 2^53 become strings, integral doubles
 * integers, durations and timestamps strings, bytes base64, optionals are unwrapped.
 * @throws NotJson
 */
export function toJson(_value: CelValue): Json {
  throw new Error('not yet');
}
