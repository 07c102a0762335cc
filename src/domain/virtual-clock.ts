import type { Clock, Timer } from './clock.ts';

interface Pending {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
  isOver: boolean;
}

/**
 * A clock that moves only when told to. Timers fire in order of their time, then of their creation. `run` advances
 * from timer to timer, letting all promise work settle in between, so a program of timers and in-process calls plays
 * as fast as the processor allows. Code under it must do no real I/O (sockets, files): nothing waits for that.
 */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  /** A binary heap, the next one first; those that were cancelled leave it when they come to its top. */
  readonly #pending: Pending[] = [];
  #count = 0;

  /** @param startMs wall-clock time at the start, milliseconds since the Unix epoch */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const at = this.#now + Math.max(0, delayMs);
    const entry: Pending = { at, sequence: this.#sequence++, callback, isOver: false };
    push(this.#pending, entry);
    this.#count += 1;
    return {
      cancel: () => {
        this.#end(entry);
      },
    };
  }

  /** Number of timers that have not fired. */
  get pendingTimers(): number {
    return this.#count;
  }

  /** Moves time on by `ms`, firing every timer due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      await this.#fire(next);
    }
    this.#now = end;
    await settle();
  }

  /**
   * Advances until `done()` holds.
   * @param limitMs virtual time after which it gives up, milliseconds
   * @returns whether `done()` held before the limit; false also when no timer is left that could change anything
   */
  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    await settle();
    while (!done()) {
      const next = this.#next();
      if (next === undefined || next.at > end) return false;
      await this.#fire(next);
    }
    return true;
  }

  #next(): Pending | undefined {
    let first = this.#pending[0];
    while (first?.isOver === true) {
      pop(this.#pending);
      first = this.#pending[0];
    }
    return first;
  }

  async #fire(entry: Pending): Promise<void> {
    this.#end(entry);
    this.#now = Math.max(this.#now, entry.at);
    entry.callback();
    await settle();
  }

  #end(entry: Pending): void {
    if (entry.isOver) return;
    entry.isOver = true;
    this.#count -= 1;
  }
}

function isBefore(a: Pending, b: Pending): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

function push(heap: Pending[], entry: Pending): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = entry;
}

/** Takes the first entry out. */
function pop(heap: Pending[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const below = lesser(heap, 2 * index + 1);
    const child = heap[below];
    if (child === undefined || !isBefore(child, last)) break;
    heap[index] = child;
    index = below;
  }
  heap[index] = last;
}

function lesser(heap: readonly Pending[], left: number): number {
  const [a, b] = [heap[left], heap[left + 1]];
  return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
}

/** Lets promise callbacks run until none is queued; a turn of the event loop empties the microtask queue. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
