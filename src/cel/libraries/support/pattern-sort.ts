/** Whether the first comes before the second. */
type Before<T> = (first: T, second: T) => boolean;

/** Shorter parts are sorted by insertion. */
const SHORT = 12;
/** From this length on nine elements make the pivot, and nearly sorted parts are tried to be mended. */
const LONG = 50;
const MAX_SHIFTS = 5;

/**
 * Sorts in place, and with the same comparisons as Go's `sort.Slice` (pattern-defeating quicksort with Go's parameters):
 * where elements have equal keys, or NaN ones, their order afterwards depends on which were compared.
 */
export function patternSort<T>(items: T[], before: Before<T>): void {
  new PatternSort(items, before).sort(0, items.length, bitLength(items.length));
}

const bitLength = (value: number): number => (value === 0 ? 0 : 32 - Math.clz32(value));

/** What the look for a pivot says of a part: in order, in the opposite order, or neither. */
type Guess = 'rising' | 'falling' | 'unknown';

class PatternSort<T> {
  readonly #items: T[];
  readonly #before: Before<T>;
  #exchanges = 0;

  constructor(items: T[], before: Before<T>) {
    this.#items = items;
    this.#before = before;
  }

  /** Sorts from `start` up to `end`; after `patience` bad pivots by heap. */
  sort(start: number, end: number, patience: number): void {
    let [from, to, left] = [start, end, patience];
    let [isBalanced, isPartitioned] = [true, true];
    while (to - from > SHORT) {
      if (left === 0) {
        this.#heapSort(from, to);
        return;
      }
      if (!isBalanced) {
        this.#scatter(from, to);
        left--;
      }
      const found = this.#choosePivot(from, to);
      const isHopeful = isBalanced && isPartitioned && found.guess === 'rising';
      if (isHopeful && this.#mend(from, to)) return;
      if (from > 0 && !this.#isBefore(from - 1, found.pivot)) {
        from = this.#skipEqual(from, to, found.pivot);
        continue;
      }
      const { middle, wasPartitioned } = this.#partition(from, to, found.pivot);
      isPartitioned = wasPartitioned;
      const least = Math.floor((to - from) / 8);
      isBalanced = Math.min(middle - from, to - middle) >= least;
      if (middle - from < to - middle) {
        this.sort(from, middle, left);
        from = middle + 1;
      } else {
        this.sort(middle + 1, to, left);
        to = middle;
      }
    }
    this.#insert(from, to);
  }

  #isBefore(first: number, second: number): boolean {
    return this.#before(this.#items[first] as T, this.#items[second] as T);
  }

  #swap(first: number, second: number): void {
    const kept = this.#items[first] as T;
    this.#items[first] = this.#items[second] as T;
    this.#items[second] = kept;
  }

  #insert(from: number, to: number): void {
    for (let index = from + 1; index < to; index++) this.#sinkLeft(index, from);
  }

  /** Moves an element to the left, past those that it comes before. */
  #sinkLeft(index: number, end: number): void {
    for (let at = index; at > end && this.#isBefore(at, at - 1); at--) this.#swap(at, at - 1);
  }

  #heapSort(from: number, to: number): void {
    const size = to - from;
    for (let root = Math.floor((size - 1) / 2); root >= 0; root--) this.#sift(root, size, from);
    for (let last = size - 1; last >= 0; last--) {
      this.#swap(from, from + last);
      this.#sift(0, last, from);
    }
  }

  #sift(start: number, size: number, from: number): void {
    for (let root = start; ;) {
      let child = 2 * root + 1;
      if (child >= size) return;
      if (child + 1 < size && this.#isBefore(from + child, from + child + 1)) child++;
      if (!this.#isBefore(from + root, from + child)) return;
      this.#swap(from + root, from + child);
      root = child;
    }
  }

  /** Exchanges three elements in the middle with others, by xorshift from the length. */
  #scatter(from: number, to: number): void {
    const size = to - from;
    const mask = (1n << BigInt(bitLength(size))) - 1n;
    const middle = from + Math.floor(size / 4) * 2;
    let random = BigInt(size);
    for (let index = middle - 1; index <= middle + 1; index++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      const other = Number(random & mask);
      this.#swap(index, from + (other >= size ? other - size : other));
    }
  }

  /** A part that is in the opposite order is turned round. */
  #choosePivot(from: number, to: number): { readonly pivot: number; readonly guess: Guess } {
    const quarter = Math.floor((to - from) / 4);
    this.#exchanges = 0;
    let places = [from + quarter, from + 2 * quarter, from + 3 * quarter] as [
      number,
      number,
      number,
    ];
    if (to - from >= LONG) {
      places = places.map((at) => this.#median(at - 1, at, at + 1)) as typeof places;
    }
    const pivot = this.#median(...places);
    if (this.#exchanges === 0) return { pivot, guess: 'rising' };
    if (this.#exchanges < 12) return { pivot, guess: 'unknown' };
    for (let [low, high] = [from, to - 1]; low < high; low++, high--) this.#swap(low, high);
    return { pivot: to - 1 - (pivot - from), guess: 'rising' };
  }

  #median(first: number, second: number, third: number): number {
    const [a, b] = this.#ordered(first, second);
    const [c] = this.#ordered(b, third);
    const [, median] = this.#ordered(a, c);
    return median;
  }

  #ordered(first: number, second: number): readonly [number, number] {
    if (!this.#isBefore(second, first)) return [first, second];
    this.#exchanges++;
    return [second, first];
  }

  /** Puts a few elements right; @returns whether all are in order then */
  #mend(from: number, to: number): boolean {
    let at = from + 1;
    for (let shifts = 0; shifts < MAX_SHIFTS; shifts++) {
      while (at < to && !this.#isBefore(at, at - 1)) at++;
      if (at === to) return true;
      if (to - from < LONG) return false;
      this.#swap(at, at - 1);
      // Go looks to the very first element here, not to that of the part.
      if (at - from >= 2) this.#sinkLeft(at - 1, 0);
      if (to - at >= 2) this.#riseRight(at + 1, to);
    }
    return false;
  }

  #riseRight(index: number, to: number): void {
    for (let at = index; at < to && this.#isBefore(at, at - 1); at++) this.#swap(at, at - 1);
  }

  /** Those before the pivot to the left, the others to the right. */
  #partition(
    from: number,
    to: number,
    pivot: number,
  ): { readonly middle: number; readonly wasPartitioned: boolean } {
    this.#swap(from, pivot);
    let [low, high] = [from + 1, to - 1];
    let wasPartitioned = true;
    for (;;) {
      while (low <= high && this.#isBefore(low, from)) low++;
      while (low <= high && !this.#isBefore(high, from)) high--;
      if (low > high) break;
      wasPartitioned = false;
      this.#swap(low++, high--);
    }
    this.#swap(high, from);
    return { middle: high, wasPartitioned };
  }

  /** Those that are no greater than the pivot to the left; @returns where the others begin */
  #skipEqual(from: number, to: number, pivot: number): number {
    this.#swap(from, pivot);
    let [low, high] = [from + 1, to - 1];
    for (;;) {
      while (low <= high && !this.#isBefore(from, low)) low++;
      while (low <= high && this.#isBefore(from, high)) high--;
      if (low > high) return low;
      this.#swap(low++, high--);
    }
  }
}
