/** Precision from which Go's shortest `%g` switches to the exponent form. */
const EXPONENT_FROM = 6;
const EXPONENT_BELOW = -4;

/**
 * Text of a double as Go's `%g` prints it: the shortest digits that read back as the same value, in exponent form below
 * 1e-4 and from 1e6 on (`1e+06`, `1.5e-05`); `NaN`, `+Inf`, `-Inf`, `-0`.
 */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  if (value === 0) return '0';
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < EXPONENT_BELOW || exponent >= EXPONENT_FROM) {
    return `${mantissa}e${formatExponent(exponent)}`;
  }
  return formatShortestFixed(value);
}

/** Decimal text without an exponent and with the shortest digits, as Go's `strconv.FormatFloat(v, 'f', -1, 64)`. */
export function formatShortestFixed(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponentText = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(exponentText) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`.replace(/^(-?0)\.0*$/, '$1');
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Exponent as C and Go print it: a sign and at least two digits. */
export function formatExponent(exponent: number): string {
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return (exponent < 0 ? '-' : '+') + digits;
}

/** More decimals than this are zeros in every double. */
const MAX_DECIMALS = 1074;

/**
 * Decimal text of a finite double with a fixed number of decimals, rounded from its exact value half to even, as Go's
 * `%.Nf`.
 * @param decimals 0 or more
 */
export function formatFixed(value: number, decimals: number): string {
  const places = Math.min(decimals, MAX_DECIMALS);
  const digits = scaledInteger(Math.abs(value), places)
    .toString()
    .padStart(places + 1, '0');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const whole = digits.slice(0, digits.length - places);
  if (decimals === 0) return sign + whole;
  return `${sign}${whole}.${digits.slice(digits.length - places).padEnd(decimals, '0')}`;
}

/** Digits (one before the point, `decimals` after it) and decimal exponent of a finite double, rounded as Go's `%e`. */
export function scientificDigits(
  value: number,
  decimals: number,
): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(decimals + 1), exponent: 0 };
  // Of the shortest digits; the exact value of a number near a power of ten may have another.
  let exponent = Number(value.toExponential().split('e')[1]);
  let digits = scaledInteger(Math.abs(value), decimals - exponent).toString();
  if (digits.length !== decimals + 1) {
    exponent += digits.length > decimals + 1 ? 1 : -1;
    digits = scaledInteger(Math.abs(value), decimals - exponent).toString();
  }
  return { digits, exponent };
}

/** value × 10^power, rounded half to even. */
function scaledInteger(value: number, power: number): bigint {
  const { mantissa, exponent } = decompose(value);
  let numerator = mantissa;
  let denominator = 1n;
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  const quotient = numerator / denominator;
  const twiceRest = (numerator % denominator) * 2n;
  const roundUp = twiceRest > denominator || (twiceRest === denominator && (quotient & 1n) === 1n);
  return roundUp ? quotient + 1n : quotient;
}

/** mantissa × 2^exponent, exactly. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  if (biased === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}
