/**
 * Whether a regular expression (RE2) has a match in some text, as far as anchors tell: `a^`, `$a` and `\z.` have none.
 * What is not understood is taken to match.
 */
export function canMatch(pattern: string): boolean {
  // In multi-line mode an anchor may stand anywhere.
  if (/\(\?[a-zA-Z]*m/.test(pattern)) return true;
  try {
    return new Reader(pattern).read() !== 0;
  } catch (error) {
    if (error instanceof NotUnderstood) return true;
    throw error;
  }
}

class NotUnderstood extends Error {}

/**
 * How a part of a pattern can go from one state to another. A state is two bits: 1, text was consumed; 2, the end was
 * asserted. A set of states is a mask of four bits; a part maps each start to the set of its ends.
 */
type Part = readonly [number, number, number, number];

const STATES = [0, 1, 2, 3] as const;
const CONSUMED = 1;
const EMPTY: Part = [1, 2, 4, 8];
/** One character: impossible once the end was asserted. */
const CHARACTER: Part = [2, 2, 0, 0];
const NEVER: Part = [0, 0, 0, 0];
/** `^`: impossible once text was consumed. */
const START: Part = [1, 0, 4, 0];
/** `$`. */
const END: Part = [4, 8, 4, 8];

function then(a: Part, b: Part): Part {
  return map((state) => through(b, a[state] ?? 0));
}

function either(a: Part, b: Part): Part {
  return map((state) => (a[state] ?? 0) | (b[state] ?? 0));
}

function map(endsOf: (state: number) => number): Part {
  const [a, b, c, d] = STATES.map(endsOf);
  return [a ?? 0, b ?? 0, c ?? 0, d ?? 0];
}

/** Where a part leads from a set of states. */
function through(part: Part, states: number): number {
  return STATES.reduce(
    (ends: number, state) => ends | ((states >> state) & 1 ? part[state] : 0),
    0,
  );
}

const MAX_DEPTH = 200;

/** Recursive descent over the pattern. */
class Reader {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** The set of states in which a whole match can end. */
  read(): number {
    const part = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new NotUnderstood();
    // A match may begin after text that is not part of it: as if some had been consumed already.
    return through(part, 1 << 0) | through(part, 1 << CONSUMED);
  }

  #alternatives(): Part {
    if (++this.#depth > MAX_DEPTH) throw new NotUnderstood();
    let part = this.#sequence();
    while (this.#accept('|')) part = either(part, this.#sequence());
    this.#depth--;
    return part;
  }

  #sequence(): Part {
    let part = EMPTY;
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#peek())) {
      part = then(part, this.#repeated());
    }
    return part;
  }

  #repeated(): Part {
    let part = this.#atom();
    for (;;) {
      const bounds = this.#bounds();
      if (bounds === undefined) return part;
      this.#accept('?');
      part = repeat(part, bounds);
    }
  }

  /** At least, and whether at most none. */
  #bounds(): { readonly least: number; readonly isNone: boolean } | undefined {
    if (this.#accept('*') || this.#accept('?')) return { least: 0, isNone: false };
    if (this.#accept('+')) return { least: 1, isNone: false };
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#pattern.slice(this.#at));
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const most = counted[2] === undefined ? counted[1] : counted[3];
    return { least: Math.min(Number(counted[1]), 2), isNone: most !== '' && Number(most) === 0 };
  }

  #atom(): Part {
    if (this.#accept('^')) return START;
    if (this.#accept('$')) return END;
    if (this.#accept('(')) return this.#group();
    if (this.#accept('[')) return this.#class();
    if (this.#accept('\\')) return this.#escape();
    this.#next();
    return CHARACTER;
  }

  #group(): Part {
    const head = /^\?(?:P?<[A-Za-z0-9_]+>|[a-zA-Z-]*:)/.exec(this.#pattern.slice(this.#at));
    if (head !== null) this.#at += head[0].length;
    else if (this.#peek() === '?') {
      const flags = /^\?[a-zA-Z-]+\)/.exec(this.#pattern.slice(this.#at));
      if (flags === null) throw new NotUnderstood();
      this.#at += flags[0].length;
      return EMPTY;
    }
    const part = this.#alternatives();
    if (!this.#accept(')')) throw new NotUnderstood();
    return part;
  }

  #class(): Part {
    const start = this.#at;
    this.#accept('^');
    this.#accept(']');
    while (this.#peek() !== ']') {
      if (this.#accept('\\')) this.#next();
      else if (/^\[:\^?\w+:\]/.test(this.#pattern.slice(this.#at))) {
        this.#at = this.#pattern.indexOf(':]', this.#at) + 2;
      } else this.#next();
    }
    this.#next();
    return NOTHING.has(this.#pattern.slice(start, this.#at - 1)) ? NEVER : CHARACTER;
  }

  #escape(): Part {
    const name = this.#next();
    if (name === 'A') return START;
    if (name === 'z') return END;
    if (name === 'b' || name === 'B') return EMPTY;
    if (name === 'Q') throw new NotUnderstood();
    if ('pP'.includes(name)) this.#skip(/^(?:\{[^}]*\}|.)/);
    else if (name === 'x') this.#skip(/^(?:\{[0-9a-fA-F]+\}|[0-9a-fA-F]{2})/);
    else if (/[0-7]/.test(name)) this.#skip(/^[0-7]{0,2}/);
    return CHARACTER;
  }

  #skip(expected: RegExp): void {
    const found = expected.exec(this.#pattern.slice(this.#at));
    if (found === null) throw new NotUnderstood();
    this.#at += found[0].length;
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #next(): string {
    const unit = this.#pattern[this.#at];
    if (unit === undefined) throw new NotUnderstood();
    this.#at++;
    return unit;
  }

  #accept(unit: string): boolean {
    if (this.#peek() !== unit) return false;
    this.#at++;
    return true;
  }
}

/** Classes that hold no character, as they are written. */
const NOTHING = new Set(['^\\s\\S', '^\\S\\s', '^\\d\\D', '^\\D\\d', '^\\w\\W', '^\\W\\w']);

function repeat(
  part: Part,
  { least, isNone }: { readonly least: number; readonly isNone: boolean },
): Part {
  if (isNone) return EMPTY;
  let result = least === 0 ? either(EMPTY, part) : part;
  // More than three rounds reach no new state.
  for (let round = 0; round < 3; round++) result = either(result, then(result, part));
  return least > 1 ? then(part, result) : result;
}
