import { isFields } from '../json.ts';

/** A JSON value as Go's `%v` prints it: `map[a:1 b:[x y]]`. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as unknown[]).map(goText).join(' ')}]`;
  if (value === null) return '<nil>';
  if (!isFields(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `map[${members.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
}

/** A JSON value as Go's `%#v` prints it: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null) return 'interface {}(nil)';
  if (Array.isArray(value))
    return `${goType(value)}{${(value as unknown[]).map(goSyntax).join(', ')}}`;
  if (!isFields(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  const texts = members.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
  return `${goType(value)}{${texts.join(', ')}}`;
}

/** The Go type that a JSON value is read as. */
export function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isFields(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
