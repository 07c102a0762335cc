import { CelRuntimeError } from './library.ts';

/** How much work passes between two looks at the caller's own limit. */
const CHECK_EVERY = 16_384;
/** Most work of one evaluation with its variables: a second or two, whatever the expression. */
const MAX_WORK = 50_000_000;
/** Most that one evaluation may build, in places of lists; eight characters are one. About 128 MiB. */
const MAX_BUILT = 16 * 1024 * 1024;
/** Longest text and list that an evaluation may build. */
const MAX_TEXT = 64 * 1024 * 1024;
const MAX_ELEMENTS = 4 * 1024 * 1024;

/** Thrown to end an evaluation at once; nothing in an expression can absorb it. */
export class Stop extends Error {
  override readonly name = 'Stop';
  readonly kind: 'cost' | 'budget';
  constructor(kind: 'cost' | 'budget') {
    super(
      kind === 'cost'
        ? 'operation cancelled: actual cost limit exceeded'
        : 'operation cancelled: out of time',
    );
    this.kind = kind;
  }
}

// Evaluating is synchronous, so that there is one evaluation at a time; those of variables lie within another.
let depth = 0;
let done = 0;
let built = 0;
let next = CHECK_EVERY;
let isOver: (() => boolean) | undefined;

/**
 * Runs something whose work is bounded: what {@link spend} counts may neither go on when the caller says it is over nor
 * without end.
 */
export function bounded<T>(over: (() => boolean) | undefined, run: () => T): T {
  const outer = isOver;
  if (depth === 0) {
    done = 0;
    built = 0;
    next = CHECK_EVERY;
  }
  isOver = over;
  depth++;
  try {
    return run();
  } finally {
    depth--;
    isOver = outer;
  }
}

/**
 * To be called by whatever goes over lists, maps or long texts: cost is charged for a call when it has ended, and counts a
 * list within lists as one.
 * @param steps about as many as elements, or as blocks of 8 characters
 * @throws Stop
 */
export function spend(steps: number): void {
  done += steps;
  if (done >= next && depth > 0) check();
}

function check(): void {
  next = done + CHECK_EVERY;
  if (done > MAX_WORK || isOver?.() === true) throw new Stop('budget');
}

/** As {@link spend}, for going over a text once. @throws Stop */
export function spendText(length: number): void {
  if (length > 512) spend(length >>> 3);
}

/**
 * To be called before a text is built of others.
 * @throws CelRuntimeError `budget` when it is longer than any may be; Stop when too much was built already
 */
export function buildText(length: number): void {
  if (length > MAX_TEXT) throw new CelRuntimeError('budget', 'value too large');
  if (length > 1024) build(length >>> 3);
}

/** As {@link buildText}, for a list. @throws CelRuntimeError `budget`, Stop */
export function buildList(length: number): void {
  if (length > MAX_ELEMENTS) throw new CelRuntimeError('budget', 'value too large');
  if (length > 128) build(length);
}

function build(places: number): void {
  built += places;
  if (built > MAX_BUILT && depth > 0) throw new Stop('budget');
  spend(places >>> 3);
}
