import { CelRuntimeError } from '../../library.ts';
import { CelOpaque, type CelValue } from '../../values.ts';
import { addAmounts, compareAmounts, subtractAmounts, type Amount } from './amount.ts';
import { noSuchOverload } from './arguments.ts';
import { canonicalQuantity, type QuantityFormat } from './quantity-text.ts';

/** `kubernetes.Quantity`: an exact amount and the form in which it is written. */
export class Quantity extends CelOpaque {
  override readonly typeName = 'kubernetes.Quantity';
  readonly amount: Amount;
  readonly format: QuantityFormat;
  readonly #text: string | undefined;
  /**
   * Result of an addition. Kubernetes holds it by reference and then finds no way to compare it from the right:
   * `quantity('2') == quantity('1').add(1)` fails there, while the other way round works.
   */
  readonly #isDerived: boolean;

  constructor(
    amount: Amount,
    format: QuantityFormat,
    origin: { readonly text?: string | undefined; readonly isDerived?: boolean } = {},
  ) {
    super();
    this.amount = amount;
    this.format = format;
    this.#text = origin.text;
    this.#isDerived = origin.isDerived ?? false;
  }

  override equals(other: CelValue): boolean {
    if (!(other instanceof Quantity) || other.#isDerived) throw noSuchOverload();
    return this.compareTo(other) === 0;
  }

  /** Kubernetes' own text; null for the result of an addition, which the recorded answers do not show. */
  override display(): string | null {
    if (this.#isDerived) return null;
    return this.#text ?? canonicalQuantity(this.amount, this.format);
  }

  compareTo(other: Quantity): -1 | 0 | 1 {
    return compareAmounts(this.amount, other.amount);
  }

  add(other: Quantity): Quantity {
    const format = this.amount.value === 0n ? other.format : this.format;
    return new Quantity(addAmounts(this.amount, other.amount), format, { isDerived: true });
  }

  subtract(other: Quantity): Quantity {
    const format = this.amount.value === 0n ? other.format : this.format;
    const amount = subtractAmounts(this.amount, other.amount);
    return new Quantity(amount, format, { isDerived: true });
  }

  /** A plain integer, in the form that Kubernetes gives it. */
  static ofInt(value: bigint): Quantity {
    return new Quantity({ value, exponent: 0, isWide: false }, 'DecimalExponent');
  }
}

/** What a text that is no quantity is answered with. */
export function quantityError(problem: 'format' | 'number' | 'suffix'): CelRuntimeError {
  const messages = {
    format:
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    number: 'unable to parse numeric part of quantity',
    suffix: "unable to parse quantity's suffix",
  };
  return new CelRuntimeError('conversion', messages[problem]);
}
