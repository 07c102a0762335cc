import { CelUint, type CelMap, type CelValue } from './values.ts';

/** What equal keys have in common. A list or map as a key is found only as the very same value, as in cel-go. */
type Lookup = Exclude<CelValue, CelUint>;

function lookupOf(key: CelValue): Lookup {
  if (typeof key === 'number') return Number.isInteger(key) ? BigInt(key) : key;
  return key instanceof CelUint ? key.value : key;
}

/** A map that an expression built; also of use for facts that are no JSON. */
export class LiteralMap implements CelMap {
  readonly celKind = 'map';
  readonly #entries = new Map<Lookup, readonly [CelValue, CelValue]>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: CelValue): CelValue | undefined {
    return this.#entries.get(lookupOf(key))?.[1];
  }

  has(key: CelValue): boolean {
    return this.#entries.has(lookupOf(key));
  }

  *keys(): Iterable<CelValue> {
    for (const [key] of this.#entries.values()) yield key;
  }

  /** Sets an entry; a later one with an equal key replaces an earlier one. */
  set(key: CelValue, value: CelValue): void {
    this.#entries.set(lookupOf(key), [key, value]);
  }

  delete(key: CelValue): void {
    this.#entries.delete(lookupOf(key));
  }
}
