/**
 * The known name that was probably meant: the one with the fewest letters added, left out, replaced or swapped, if
 * those are at most a third of its length. Case does not count.
 */
export function closest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < least && steps <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      least = steps;
    }
  }
  return best;
}

/** Optimal string alignment; texts of more than 64 letters are never alike. */
function distance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Infinity;
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_value, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(stepsTo(a, b, [i, j], [before, last, row]));
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

type Rows = readonly [before: readonly number[], last: readonly number[], row: readonly number[]];

/** Steps from the first i letters of one text to the first j of the other. */
function stepsTo(
  a: string,
  b: string,
  [i, j]: readonly [number, number],
  [before, last, row]: Rows,
): number {
  const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const steps = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
  const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return isSwap ? Math.min(steps, at(before, j - 2) + 1) : steps;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
