/**
 * A float as Go's strconv writes it.
 * @param precision digits after the point for e and f, significant digits for g; undefined: as many as are needed
 */
export function formatFloat(
  value: number,
  verb: 'e' | 'f' | 'g',
  precision: number | undefined,
): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (verb === 'f') return sign + fixed(size, precision);
  return sign + (verb === 'e' ? exponent(size.toExponential(precision)) : general(size, precision));
}

/** The shorter of both, without zeros at the end. */
function general(size: number, precision: number | undefined): string {
  const digits = precision === undefined ? undefined : Math.max(precision, 1);
  const text = size.toExponential(digits === undefined ? undefined : digits - 1);
  const [mantissa = '', exp = '0'] = text.split('e');
  const power = Number(exp);
  const significant = mantissa.replace('.', '').replace(/0+$/, '') || '0';
  if (power < -4 || power >= thresholdOf(digits, significant.length, power)) {
    return exponent(`${significant.replace(/^(.)(?=.)/, '$1.')}e${power}`);
  }
  return fixed(Number(`${significant}e${power - significant.length + 1}`), undefined);
}

/** From which power of ten on `g` writes an exponent. */
function thresholdOf(digits: number | undefined, significant: number, power: number): number {
  if (digits === undefined) return 6;
  return digits > significant && significant >= power + 1 ? significant : digits;
}

/** Without an exponent, whatever the size. */
function fixed(size: number, precision: number | undefined): string {
  if (precision !== undefined && size < 1e21) return size.toFixed(Math.min(precision, 100));
  const [mantissa = '', power = '0'] = size.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(power) + 1;
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  const rest = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const after = precision === undefined ? rest.replace(/^0$/, '') : rest.padEnd(precision, '0');
  return after === '' ? whole : `${whole}.${after}`;
}

/** At least two digits of exponent, with its sign. */
function exponent(text: string): string {
  const [mantissa = '', power = '0'] = text.split('e');
  const size = Math.abs(Number(power));
  return `${mantissa}e${Number(power) < 0 ? '-' : '+'}${String(size).padStart(2, '0')}`;
}
