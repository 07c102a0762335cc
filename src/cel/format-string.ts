import { CelRuntimeError } from './library.ts';

/** `%s`, `%.2f`, … */
export interface FormatClause {
  readonly verb: 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o';
  /** Digits after the point; undefined when not given. */
  readonly precision: number | undefined;
  /** Which argument it formats, from 0. */
  readonly index: number;
}

const CLAUSE = /%(?:%|(\.)?(\d*)([^]?))/gu;
const VERBS = 'sdfebxXo';

/**
 * Replaces each clause of a format string by what `write` answers for it. Used at run time and, with a `write` that only
 * looks at types, by the checker.
 * @param argumentCount how many arguments there are
 * @returns the text and how many arguments were used
 * @throws CelRuntimeError what `write` throws; `overflow` for a missing argument (cel-go: `index 1 out of range`),
 *   `conversion` for a bad precision, `other` for an unknown clause
 */
export function expandFormat(
  format: string,
  argumentCount: number,
  write: (clause: FormatClause) => string,
): { text: string; used: number } {
  let used = 0;
  const text = format.replace(CLAUSE, (all, point?: string, digits?: string, verb?: string) => {
    if (all === '%%') return '%';
    if (used >= argumentCount) {
      throw new CelRuntimeError('overflow', `index ${used} out of range`);
    }
    if (all === '%') throw new CelRuntimeError('other', 'unexpected end of string');
    const precision = parsePrecision(point, digits ?? '', verb ?? '');
    const clause = { verb: parseVerb(precision, digits, verb), precision, index: used };
    used += 1;
    return write(clause);
  });
  return { text, used };
}

function parsePrecision(
  point: string | undefined,
  digits: string,
  verb: string,
): number | undefined {
  if (point === undefined) return undefined;
  const problem = 'could not parse formatting clause: error while parsing precision';
  if (verb === '' || digits === '') throw new CelRuntimeError('conversion', problem);
  if (BigInt(digits) >= 2n ** 63n) throw new CelRuntimeError('overflow', problem);
  return Number(digits);
}

function parseVerb(
  precision: number | undefined,
  digits: string | undefined,
  verb: string | undefined,
): FormatClause['verb'] {
  const isBare = precision === undefined && digits !== '';
  if (verb === undefined || verb === '' || isBare || !VERBS.includes(verb)) {
    const problem = 'could not parse formatting clause: unrecognized formatting clause';
    throw new CelRuntimeError('other', problem);
  }
  return verb as FormatClause['verb'];
}
