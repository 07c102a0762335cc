import { createHash } from 'node:crypto';
import { JsonDouble, isJsonArray, type Json } from './lossless-json.ts';

/**
 * JSON with sorted keys (by UTF-16 code unit, as RFC 8785), no white space and no undefined members: equal values give
 * equal text. Big integers and integral doubles keep their form, so 3 and 3.0 differ.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof JsonDouble) {
    const text = JSON.stringify(value.value);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isJsonArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** `sha256:<hex>` of the canonical JSON. */
export function digestOf(value: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
