import type { Overload } from '../../library.ts';
import { codePoints } from '../../standard/size.ts';
import { spend, spendText } from '../../work.ts';
import { CelOpaque, CelUint, isCelMap, type CelMap, type CelValue } from '../../values.ts';

/** Cost of traversing one character, of one character of a regular expression, of making a list. */
const CHARACTER = 0.1;
const REGEX_CHARACTER = 0.25;
const LIST = 10;

type Cost = NonNullable<Overload['cost']>;

/** Size as cost counting takes it: characters, bytes, elements; 1 for what has no size (and for a failed call). */
export function sizeOf(value: CelValue | undefined): number {
  if (typeof value === 'string') return codePoints(value);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  if (value instanceof CelOpaque) return value.costSize;
  return isCelMap(value) ? value.size : 1;
}

/** Traversing an argument, `times` over. */
export function traversal(index: number, times = 1): Cost {
  return (args) => Math.ceil(sizeOf(args[index]) * times * CHARACTER);
}

/** Traversing the result twice. */
export const resultTwice: Cost = (_args, result) => Math.ceil(sizeOf(result) * 2 * CHARACTER);

/** Running a regular expression of `patternSize` characters over a text. */
export function regexCost(textSize: number, patternSize: number): number {
  return Math.ceil((1 + textSize) * CHARACTER) * Math.ceil(patternSize * REGEX_CHARACTER);
}

/** Making a list of `size` elements with `factor` work each, the call included. */
export function listCost(size: number, factor: number): number {
  return Math.floor(size * (factor < 0 ? 1 : factor)) + 1 + LIST;
}

/** Parsing a selector of `size` characters into requirements. */
export function selectorCost(size: number): number {
  const requirements = Math.ceil(size * 0.5);
  const costOfOne = LIST + 40;
  return LIST + Math.ceil(size * CHARACTER) + requirements * costOfOne;
}

/** Comparing elements of a list (or characters of a string) once, strings in it by their UTF-8 length. */
export function treeCost(value: CelValue | undefined): number {
  if (typeof value === 'string') return Math.floor(utf8Length(value) * CHARACTER);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return Math.floor(value.length * CHARACTER);
  if (Array.isArray(value)) return listTreeCost(value);
  if (value instanceof CelUint || value instanceof CelOpaque || !isCelMap(value)) return 1;
  return mapTreeCost(value);
}

function listTreeCost(list: readonly CelValue[]): number {
  let cost = 0;
  spend(list.length);
  for (const element of list) cost += treeCost(element);
  return cost;
}

function mapTreeCost(map: CelMap): number {
  let cost = 0;
  spend(map.size);
  for (const key of map.keys()) cost += treeCost(key) + treeCost(map.get(key));
  return cost;
}

function utf8Length(text: string): number {
  let length = text.length;
  spendText(length);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes: each half counts two.
    length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}
