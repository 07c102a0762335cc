import type { RE2JS } from 're2js';
import { compileRegex } from '../regex.ts';

/** Texts longer than this are matched anew each time, and each expression remembers so many. */
const MAX_TEXT = 256;
const MAX_TEXTS = 64;

const remembered = new WeakMap<RE2JS, Map<string, boolean>>();

/**
 * Whether an RE2 expression is found anywhere in a text. The last answers are remembered: the same few names and images
 * come by again and again, and RE2 in JavaScript takes microseconds for each.
 * @throws CelRuntimeError when the pattern is not valid
 */
export function isMatch(text: string, pattern: string): boolean {
  const regex = compileRegex(pattern);
  if (text.length > MAX_TEXT) return regex.test(text);
  let answers = remembered.get(regex);
  if (answers === undefined) {
    answers = new Map();
    remembered.set(regex, answers);
  }
  const known = answers.get(text);
  if (known !== undefined) return known;
  if (answers.size >= MAX_TEXTS) answers.clear();
  const answer = regex.test(text);
  answers.set(text, answer);
  return answer;
}
