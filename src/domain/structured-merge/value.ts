import { JsonDouble } from '../../lib/lossless-json.ts';

/** A value that no object of the cluster can hold, such as bytes; what a Go program would show of it. */
export class ForeignValue {
  /** As Go's `%T` prints it. */
  readonly type: string;
  /** As Go's `%v` prints it. */
  readonly text: string;
  /** As Go's `%#v` prints it. */
  readonly syntax: string;

  constructor(type: string, text: string, syntax: string) {
    this.type = type;
    this.text = text;
    this.syntax = syntax;
  }
}

export type Members = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object. */
export function isMap(value: unknown): value is Members {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonDouble) &&
    !(value instanceof ForeignValue)
  );
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function isNumber(value: unknown): value is number | bigint | JsonDouble {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof JsonDouble;
}

/** A value as Go's `%v` prints it: `map[a:1 b:[x y]]`. */
export function goText(value: unknown): string {
  if (isList(value)) return `[${value.map(goText).join(' ')}]`;
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof ForeignValue) return value.text;
  if (!isMap(value)) return scalarText(value);
  const members = Object.keys(value).sort();
  return `map[${members.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
}

/** A value as Go's `%#v` prints it: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (isList(value)) return `${goType(value)}{${value.map(goSyntax).join(', ')}}`;
  if (value instanceof ForeignValue) return value.syntax;
  if (!isMap(value)) return typeof value === 'string' ? JSON.stringify(value) : scalarText(value);
  const members = Object.keys(value).sort();
  const texts = members.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
  return `${goType(value)}{${texts.join(', ')}}`;
}

/** The Go type that a JSON value is read as. */
export function goType(value: unknown): string {
  if (isList(value)) return '[]interface {}';
  if (isMap(value)) return 'map[string]interface {}';
  if (value instanceof ForeignValue) return value.type;
  if (isNumber(value)) return isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function isInteger(value: number | bigint | JsonDouble): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

function scalarText(value: unknown): string {
  return value instanceof JsonDouble ? String(value.value) : String(value);
}
