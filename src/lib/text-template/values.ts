/** A piece of text; `foreign` when it came from a value that the template was given, not from the template itself. */
export interface TextPart {
  readonly text: string;
  readonly foreign: boolean;
}

/** A string that knows which parts of it the template's author did not write. */
export class Text {
  readonly parts: readonly TextPart[];

  constructor(parts: readonly TextPart[]) {
    this.parts = parts;
  }

  static own(text: string): Text {
    return new Text([{ text, foreign: false }]);
  }

  static foreign(text: string): Text {
    return new Text([{ text, foreign: true }]);
  }

  get hasForeign(): boolean {
    return this.parts.some(({ foreign }) => foreign);
  }

  toString(): string {
    return this.parts.map(({ text }) => text).join('');
  }
}

/** A value of a template: Go's string, int, float64, bool, nil, map[string]string, slice. */
export type Value = Text | bigint | number | boolean | null | readonly Value[] | ValueMap;
export type ValueMap = ReadonlyMap<string, Value>;

/** Whether Go's `if` takes it for true: neither nil nor the zero value of its type. */
export function isTrue(value: Value): boolean {
  if (value === null) return false;
  if (value instanceof Text) return value.toString() !== '';
  if (value instanceof Map) return value.size > 0;
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value);
}

/** The name of the value's type in Go. */
export function typeName(value: Value): string {
  if (value === null) return 'nil';
  if (value instanceof Text) return 'string';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]string' : 'map[string]string';
}

/** Whether any part of it came from outside the template. */
export function isForeign(value: Value): boolean {
  if (value instanceof Text) return value.hasForeign;
  if (Array.isArray(value)) return (value as readonly Value[]).some(isForeign);
  return value instanceof Map && [...(value as ValueMap).values()].some(isForeign);
}

/** Entries by key, in the order in which Go visits them. */
export function sortedEntries(map: ValueMap): [string, Value][] {
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
