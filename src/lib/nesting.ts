/** Levels of lists and objects in one document. */
const MAX_DEPTH = 500;
/** Values of one document when every alias is written out. */
const MAX_VALUES = 1_000_000;

interface Extent {
  readonly values: number;
  readonly depth: number;
}

/**
 * Why a value cannot be walked safely: it nests too deeply, holds itself, or shares parts so that it would be immense
 * when they are written out. YAML's aliases make all three.
 * @returns undefined when it can
 */
export function nestingProblem(value: unknown): string | undefined {
  try {
    new Walk().extentOf(value, 0);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

class Problem extends Error {}

class Walk {
  /** Undefined while the value is being walked. */
  readonly #known = new Map<object, Extent | undefined>();

  extentOf(value: unknown, level: number): Extent {
    if (typeof value !== 'object' || value === null) return { values: 1, depth: 0 };
    const known = this.#known.get(value);
    if (known === undefined && this.#known.has(value)) throw new Problem('an alias holds itself');
    const extent = known ?? this.#measure(value, level);
    if (level + extent.depth > MAX_DEPTH) throw new Problem('nests too deeply');
    return extent;
  }

  #measure(value: object, level: number): Extent {
    if (level > MAX_DEPTH) throw new Problem('nests too deeply');
    this.#known.set(value, undefined);
    let [values, depth] = [1, 0];
    for (const member of Object.values(value)) {
      const inner = this.extentOf(member, level + 1);
      values += inner.values;
      depth = Math.max(depth, inner.depth + 1);
    }
    if (values > MAX_VALUES) throw new Problem('is too large when its aliases are written out');
    const extent = { values, depth };
    this.#known.set(value, extent);
    return extent;
  }
}
