/** An element of one sequence beside its counterpart in the other; one of them is absent where there is none. */
export interface Aligned<T> {
  readonly golden: T | undefined;
  readonly ours: T | undefined;
}

/** The price of an element without a counterpart. */
const GAP = 1;

/**
 * Puts two sequences beside each other so that as much as possible is alike, in order.
 * @param distance 0 for the same, up to 1 for what is comparable; undefined for what has nothing in common
 */
export function align<T>(
  golden: readonly T[],
  ours: readonly T[],
  distance: (a: T, b: T) => number | undefined,
): Aligned<T>[] {
  const costs = costTable(golden, ours, distance);
  const costAt = (i: number, j: number): number => costs[i]?.[j] ?? Infinity;
  const result: Aligned<T>[] = [];
  let i = 0;
  let j = 0;
  while (i < golden.length || j < ours.length) {
    const [a, b] = [golden[i], ours[j]];
    const both = a === undefined || b === undefined ? undefined : distance(a, b);
    if (both !== undefined && costAt(i, j) === both + costAt(i + 1, j + 1)) {
      result.push({ golden: golden[i++], ours: ours[j++] });
    } else if (costAt(i, j) === GAP + costAt(i + 1, j)) {
      result.push({ golden: golden[i++], ours: undefined });
    } else {
      result.push({ golden: undefined, ours: ours[j++] });
    }
  }
  return result;
}

/** The least cost of what follows each pair of positions. */
function costTable<T>(
  golden: readonly T[],
  ours: readonly T[],
  distance: (a: T, b: T) => number | undefined,
): readonly (readonly number[])[] {
  const costs: number[][] = [];
  for (let i = golden.length; i >= 0; i--) {
    const row: number[] = [];
    const below = costs[i + 1];
    for (let j = ours.length; j >= 0; j--) {
      const [a, b] = [golden[i], ours[j]];
      const both = a === undefined || b === undefined ? undefined : distance(a, b);
      const pair = both === undefined ? Infinity : both + (below?.[j + 1] ?? Infinity);
      const gaps = Math.min(below?.[j] ?? Infinity, row[j + 1] ?? Infinity) + GAP;
      const isEnd = i === golden.length && j === ours.length;
      row[j] = isEnd ? 0 : Math.min(pair, gaps);
    }
    costs[i] = row;
  }
  return costs;
}
