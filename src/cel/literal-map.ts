import { CelUint, type CelMap, type CelValue } from './values.ts';

type Entry = readonly [CelValue, CelValue];

/**
 * A map that an expression built. As in cel-go int and uint keys are different keys, each is found by a number of the
 * other type too, and doubles find both; a list or map as a key is found only as the very same value.
 */
export class LiteralMap implements CelMap {
  readonly celKind = 'map';
  readonly #entries = new Map<CelValue, Entry>();
  readonly #uints = new Map<bigint, Entry>();

  get size(): number {
    return this.#entries.size + this.#uints.size;
  }

  get(key: CelValue): CelValue | undefined {
    return this.#find(key)?.[1];
  }

  has(key: CelValue): boolean {
    return this.#find(key) !== undefined;
  }

  *keys(): Iterable<CelValue> {
    for (const [key] of this.#entries.values()) yield key;
    for (const [key] of this.#uints.values()) yield key;
  }

  /** Sets an entry; a later one with the same key replaces an earlier one. */
  set(key: CelValue, value: CelValue): void {
    if (key instanceof CelUint) this.#uints.set(key.value, [key, value]);
    else this.#entries.set(key, [key, value]);
  }

  delete(key: CelValue): void {
    if (key instanceof CelUint) this.#uints.delete(key.value);
    else this.#entries.delete(key);
  }

  #find(key: CelValue): Entry | undefined {
    if (key instanceof CelUint) return this.#uints.get(key.value) ?? this.#entries.get(key.value);
    const found = this.#entries.get(key);
    if (found !== undefined) return found;
    if (typeof key === 'bigint') return this.#uints.get(key);
    if (typeof key !== 'number' || !Number.isInteger(key)) return undefined;
    return this.#entries.get(BigInt(key)) ?? this.#uints.get(BigInt(key));
  }
}
