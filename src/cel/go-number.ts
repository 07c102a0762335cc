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
