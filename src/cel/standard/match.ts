import { matcherOf } from '../regex.ts';

/**
 * Whether an RE2 expression is found anywhere in a text.
 * @throws CelRuntimeError when the pattern is not valid
 */
export function isMatch(text: string, pattern: string): boolean {
  const { regex, native } = matcherOf(pattern);
  return native?.isQuick(text) === true ? native.regex.test(text) : regex.test(text);
}
