import type { CelMap, CelValue } from '../../values.ts';

/** A CEL map whose keys are all strings. */
export class StringMap implements CelMap {
  readonly celKind = 'map';
  readonly #entries: ReadonlyMap<string, CelValue>;

  constructor(entries: ReadonlyMap<string, CelValue>) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: CelValue): CelValue | undefined {
    return typeof key === 'string' ? this.#entries.get(key) : undefined;
  }

  has(key: CelValue): boolean {
    return typeof key === 'string' && this.#entries.has(key);
  }

  keys(): Iterable<CelValue> {
    return this.#entries.keys();
  }
}
