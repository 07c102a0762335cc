import { JsonDouble } from '../../lib/lossless-json.ts';

/** A value that no object of the cluster can hold, such as bytes; what a Go program would show of it. */
export class ForeignValue {
  /** As Go's `%T` prints it. */
  readonly type: string;
  /** As Go's `%v` prints it. */
  readonly text: string;
  /** As Go's `%#v` prints it. */
  readonly syntax: string;
  /** What it holds, for a list or map; then it is shown by that. */
  readonly inner: unknown;

  constructor(type: string, text: string, syntax: string, inner?: unknown) {
    this.type = type;
    this.text = text;
    this.syntax = syntax;
    this.inner = inner;
  }
}

/** An empty list as Go has it without a value: merged it counts as a list, stored it is null. */
export const NIL_LIST: readonly unknown[] = [];

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

type Shown = (text: string) => string;
const AS_IT_IS: Shown = (text) => text;

/**
 * A value as Go's `%v` prints it: `map[a:1 b:[x y]]`.
 * @param shown how a text in it is shown
 */
export function goText(value: unknown, shown: Shown = AS_IT_IS): string {
  if (isList(value)) return `[${value.map((entry) => goText(entry, shown)).join(' ')}]`;
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof ForeignValue) {
    return value.inner === undefined ? value.text : goText(value.inner, shown);
  }
  if (!isMap(value)) return typeof value === 'string' ? shown(value) : scalarText(value);
  const members = Object.keys(value).sort();
  return `map[${members.map((key) => `${shown(key)}:${goText(value[key], shown)}`).join(' ')}]`;
}

/**
 * A value as Go's `%#v` prints it: `map[string]interface {}{"a":1}`.
 * @param shown how a text in it is shown
 */
export function goSyntax(value: unknown, shown: Shown = AS_IT_IS): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  const held = value instanceof ForeignValue ? value.inner : value;
  if (isList(held)) {
    return `${goType(value)}{${held.map((entry) => goSyntax(entry, shown)).join(', ')}}`;
  }
  if (isMap(held)) {
    const texts = Object.keys(held)
      .sort()
      .map((key) => `${JSON.stringify(shown(key))}:${goSyntax(held[key], shown)}`);
    return `${goType(value)}{${texts.join(', ')}}`;
  }
  if (value instanceof ForeignValue) return value.syntax;
  return typeof value === 'string' ? JSON.stringify(shown(value)) : scalarText(value);
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
