import { createHash } from 'node:crypto';
import { JsonDouble, isJsonArray, type Json } from './lossless-json.ts';

/**
 * JSON with sorted keys (by UTF-16 code unit, as RFC 8785), no white space and no undefined members: equal values give
 * equal text. Big integers and integral doubles keep their form, so 3 and 3.0 differ.
 */
export function canonicalJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    default:
      return value === null ? 'null' : canonicalStructure(value);
  }
}

type Structure = Exclude<Json, null | boolean | number | bigint | string>;

// Text is added up piece by piece: many times faster than lists of parts that are joined.
function canonicalStructure(value: Structure): string {
  if (isJsonArray(value)) {
    let items = '';
    for (const item of value) items += `${items === '' ? '' : ','}${canonicalJson(item)}`;
    return `[${items}]`;
  }
  if (value instanceof JsonDouble) {
    const text = JSON.stringify(value.value);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
  let members = '';
  for (const key of sortedKeys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${quoted(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++) {
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return keys.sort();
  }
  return keys;
}

// Quotes, backslashes, control characters, and surrogates, which may be unpaired.
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

function quoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** `sha256:<hex>` of the canonical JSON. */
export function digestOf(value: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
