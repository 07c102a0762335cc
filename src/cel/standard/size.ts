import { spendText } from '../work.ts';
import { CelOpaque, CelOptional, isCelMap, type CelValue } from '../values.ts';

/** Number of code points. */
export function codePoints(text: string): number {
  let count = text.length;
  spendText(count);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff) count--;
  }
  return count;
}

/** CEL's `size`, or undefined for a value that has none. */
export function sizeOf(value: CelValue): number | undefined {
  if (typeof value === 'string') return codePoints(value);
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return isCelMap(value) ? value.size : undefined;
}

/** Size as the cost of a call counts it: 1 for what has none. */
export function costSize(value: CelValue | undefined): number {
  if (value === undefined) return 1;
  if (value instanceof CelOptional) return costSize(value.value);
  if (value instanceof CelOpaque) return value.costSize;
  return sizeOf(value) ?? 1;
}

/** Cost of going over `size` characters or bytes. */
export const traversal = (size: number): number => Math.ceil(size * 0.1);
