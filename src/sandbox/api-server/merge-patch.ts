import { isFields, setMember, type Fields } from './json.ts';

/** Applies a JSON merge patch (RFC 7386). Neither argument is changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else setMember(result, key, applyMergePatch(own(result, key), value));
  }
  return result;
}

function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
