import { badRequest } from './api-error.ts';

type LabelTest = (labels: Readonly<Record<string, unknown>>) => boolean;

const KEY = String.raw`[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?`;
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUAL = new RegExp(String.raw`^(${KEY})\s*(==|=|!=)\s*([A-Za-z0-9._-]*)$`);
const EXISTS = new RegExp(String.raw`^(!?)\s*(${KEY})$`);

/**
 * Parses the `labelSelector` query parameter (`a=b,c!=d,e in (f,g),h,!i`).
 * @throws ApiError 400 when it cannot be parsed
 */
export function parseLabelQuery(text: string): LabelTest {
  const tests = splitRequirements(text).map((part) => requirement(part, text));
  return (labels) => tests.every((test) => test(labels));
}

function requirement(part: string, whole: string): LabelTest {
  const set = SET.exec(part);
  if (set !== null) {
    const [, key = '', , operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    const wanted = operator === 'in';
    return (labels) => values.has(labelOf(labels, key) ?? NONE) === wanted;
  }
  const equal = EQUAL.exec(part);
  if (equal !== null) {
    const [, key = '', , operator, value = ''] = equal;
    const wanted = operator !== '!=';
    return (labels) => (labelOf(labels, key) === value) === wanted;
  }
  const exists = EXISTS.exec(part);
  if (exists !== null) {
    const [, not, key = ''] = exists;
    return (labels) => (labelOf(labels, key) !== undefined) === (not === '');
  }
  throw badRequest(
    `unable to parse requirement: found '${part}' in ${JSON.stringify(whole)}, expected: a label selector`,
  );
}

// No label value can hold a line feed, so an absent label is in no set.
const NONE = '\n';

function labelOf(labels: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Splits at commas outside parentheses. */
function splitRequirements(text: string): string[] {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  return text.trim() === '' ? [] : parts;
}
