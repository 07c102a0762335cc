import { isUtf8 } from 'node:buffer';
import { html, js, urlquery } from './escapes.ts';
import { plain, print, printf, println } from './format.ts';
import { isTrue, Text, typeName, type Value } from './values.ts';

/**
 * A function of templates.
 * @throws Error that says what is wrong with its arguments; the caller adds the place
 */
export interface TemplateFunction {
  /** How many arguments it takes: at least, and at most. */
  readonly arity: readonly [least: number, most: number];
  readonly call: (values: readonly Value[]) => Value;
}

const ANY = Number.POSITIVE_INFINITY;

/** Go's builtin functions. `and` and `or` are not among them: they do not evaluate what they do not need. */
export const BUILTINS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['not', { arity: [1, 1], call: ([value = null]) => !isTrue(value) }],
  ['len', { arity: [1, 1], call: ([value = null]) => BigInt(lengthOf(value)) }],
  ['index', { arity: [1, ANY], call: ([item = null, ...keys]) => keys.reduce(indexed, item) }],
  ['slice', { arity: [1, 4], call: ([item = null, ...bounds]) => sliced(item, bounds) }],
  ['print', { arity: [0, ANY], call: print }],
  ['println', { arity: [0, ANY], call: println }],
  [
    'printf',
    { arity: [1, ANY], call: ([format = null, ...values]) => printf(asText(format), values) },
  ],
  ['html', { arity: [0, ANY], call: html }],
  ['js', { arity: [0, ANY], call: js }],
  ['urlquery', { arity: [0, ANY], call: urlquery }],
  ['eq', { arity: [2, ANY], call: ([first = null, ...rest]) => isOneOf(first, rest) }],
  ['ne', { arity: [2, 2], call: ([first = null, ...rest]) => !isOneOf(first, rest) }],
  ['lt', { arity: [2, 2], call: ([a = null, b = null]) => isLess(a, b) }],
  ['le', { arity: [2, 2], call: ([a = null, b = null]) => isLess(a, b) || isOneOf(a, [b]) }],
  ['gt', { arity: [2, 2], call: ([a = null, b = null]) => !isLess(a, b) && !isOneOf(a, [b]) }],
  ['ge', { arity: [2, 2], call: ([a = null, b = null]) => !isLess(a, b) }],
]);

function asText(value: Value): Text {
  if (value instanceof Text) return value;
  throw new Error(`printf: the format is of type ${typeName(value)}, not string`);
}

function lengthOf(value: Value): number {
  if (value instanceof Text) return Buffer.byteLength(value.toString());
  if (value instanceof Map) return value.size;
  if (Array.isArray(value)) return value.length;
  throw new Error(`len of type ${typeName(value)}`);
}

function indexed(item: Value, key: Value): Value {
  if (item instanceof Map) {
    if (!(key instanceof Text)) throw new Error(`index: key of type ${typeName(key)}, not string`);
    // A map without the key answers the zero value of its values' type.
    return (item as ReadonlyMap<string, Value>).get(key.toString()) ?? Text.own('');
  }
  const bytes = item instanceof Text ? [...Buffer.from(item.toString())].map(BigInt) : item;
  if (!Array.isArray(bytes)) throw new Error(`can't index item of type ${typeName(item)}`);
  const found = (bytes as readonly Value[])[positionOf(key, bytes.length - 1)];
  if (found === undefined) throw new Error('index out of range');
  return found;
}

function positionOf(key: Value, most: number): number {
  if (typeof key !== 'bigint') throw new Error(`cannot index with type ${typeName(key)}`);
  if (key < 0n || key > BigInt(most)) throw new Error(`index out of range: ${key.toString()}`);
  return Number(key);
}

function sliced(item: Value, bounds: readonly Value[]): Value {
  if (item instanceof Text && bounds.length === 3) throw new Error('cannot 3-index slice a string');
  if (!(item instanceof Text) && !Array.isArray(item)) {
    throw new Error(`can't slice item of type ${typeName(item)}`);
  }
  const most = lengthOf(item);
  const [from = 0, to = most] = bounds.map((bound) => positionOf(bound, most));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (!(item instanceof Text)) return (item as readonly Value[]).slice(from, to);
  const bytes = Buffer.from(item.toString()).subarray(from, to);
  // Go cuts within a character, and a text of JavaScript cannot hold a half one.
  if (!isUtf8(bytes)) throw new Error('slice cuts a character into pieces');
  const text = bytes.toString('utf8');
  return new Text([{ text, foreign: item.hasForeign }]);
}

function isOneOf(first: Value, others: readonly Value[]): boolean {
  return others.some((other) => isEqual(first, other));
}

function isEqual(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  if (typeName(a) !== typeName(b)) throw incompatible(a, b);
  if (a instanceof Map || Array.isArray(a)) throw new Error(`non-comparable type ${typeName(a)}`);
  return a instanceof Text ? plain(a) === plain(b) : a === b;
}

function isLess(a: Value, b: Value): boolean {
  if (a === null || b === null) throw new Error('invalid type for comparison');
  if (typeName(a) !== typeName(b)) throw incompatible(a, b);
  if (a instanceof Text) return Buffer.compare(Buffer.from(plain(a)), Buffer.from(plain(b))) < 0;
  if (typeof a !== 'bigint' && typeof a !== 'number') {
    throw new Error('invalid type for comparison');
  }
  return a < (b as bigint | number);
}

function incompatible(a: Value, b: Value): Error {
  return new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}
