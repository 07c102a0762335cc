import { CelUint, type CelMap, type CelValue } from './values.ts';

/** A key by which equal keys are found; undefined for a value that cannot be a key. */
type Lookup = string | bigint | boolean | undefined;

function lookupOf(key: CelValue): Lookup {
  switch (typeof key) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return key;
    case 'number':
      return Number.isInteger(key) ? BigInt(key) : undefined;
    default:
      return key instanceof CelUint ? key.value : undefined;
  }
}

/** A map that an expression built; also of use for facts that are no JSON. */
export class LiteralMap implements CelMap {
  readonly celKind = 'map';
  readonly #entries = new Map<Exclude<Lookup, undefined>, readonly [CelValue, CelValue]>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: CelValue): CelValue | undefined {
    const lookup = lookupOf(key);
    return lookup === undefined ? undefined : this.#entries.get(lookup)?.[1];
  }

  has(key: CelValue): boolean {
    const lookup = lookupOf(key);
    return lookup !== undefined && this.#entries.has(lookup);
  }

  *keys(): Iterable<CelValue> {
    for (const [key] of this.#entries.values()) yield key;
  }

  /**
   * Sets an entry; a later one with an equal key replaces an earlier one.
   * @returns false when the key is of a type that cannot be a key
   */
  set(key: CelValue, value: CelValue): boolean {
    const lookup = lookupOf(key);
    if (lookup === undefined) return false;
    this.#entries.set(lookup, [key, value]);
    return true;
  }

  delete(key: CelValue): void {
    const lookup = lookupOf(key);
    if (lookup !== undefined) this.#entries.delete(lookup);
  }
}
