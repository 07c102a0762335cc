import { CelRuntimeError } from '../library.ts';
import { CelOpaque, type CelValue } from '../values.ts';
import { Failure, type Result } from './failure.ts';
import type { Frame } from './frame.ts';

/** `variables` as a value: selected from and gone over like a map, and nothing else; it equals but itself. */
export class VariablesMap extends CelOpaque {
  readonly typeName = 'kubernetes.variables';
  override readonly costSize: number;
  readonly #frame: Frame;
  readonly #names: ReadonlySet<string>;

  constructor(frame: Frame, names: ReadonlySet<string>) {
    super();
    this.#frame = frame;
    this.#names = names;
    this.costSize = names.size;
  }

  resolve(key: CelValue): Result | undefined {
    const isKnown = typeof key === 'string' && this.#names.has(key);
    return isKnown ? this.#frame.variable(key) : undefined;
  }

  /** @throws CelRuntimeError what evaluating the variable gave */
  get(key: CelValue): CelValue | undefined {
    const result = this.resolve(key);
    if (result instanceof Failure) throw new CelRuntimeError(result.errorClass, result.message);
    return result;
  }

  keys(): Iterable<string> {
    return this.#names;
  }

  /** @throws CelRuntimeError `no_such_overload` for anything else */
  equals(other: CelValue): boolean {
    if (other instanceof VariablesMap) return true;
    throw new CelRuntimeError('no_such_overload', 'no such overload');
  }

  display(): null {
    return null;
  }
}
