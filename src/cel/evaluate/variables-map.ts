import { CelRuntimeError } from '../library.ts';
import type { CelMap, CelValue } from '../values.ts';
import { Failure, type Result } from './failure.ts';
import type { Frame } from './frame.ts';

/** `variables` as a value. */
export class VariablesMap implements CelMap {
  readonly celKind = 'map';
  readonly typeName = 'kubernetes.variables';
  readonly size = 0;
  readonly #frame: Frame;
  readonly #names: ReadonlySet<string>;

  constructor(frame: Frame, names: ReadonlySet<string>) {
    this.#frame = frame;
    this.#names = names;
  }

  resolve(key: CelValue): Result | undefined {
    return this.has(key) ? this.#frame.variable(key as string) : undefined;
  }

  /** @throws CelRuntimeError what evaluating the variable gave */
  get(key: CelValue): CelValue | undefined {
    const result = this.resolve(key);
    if (result instanceof Failure) throw new CelRuntimeError(result.errorClass, result.message);
    return result;
  }

  has(key: CelValue): boolean {
    return typeof key === 'string' && this.#names.has(key);
  }

  keys(): Iterable<CelValue> {
    return this.#names;
  }
}
