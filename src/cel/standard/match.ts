import { matcherOf, spendMatch } from '../regex.ts';

/**
 * Whether an RE2 expression is found anywhere in a text.
 * @throws CelRuntimeError when the pattern is not valid; Stop when it would take too long
 */
export function isMatch(text: string, pattern: string): boolean {
  const matcher = matcherOf(pattern);
  const { regex, native } = matcher;
  if (native?.isQuick(text) === true) return native.regex.test(text);
  spendMatch(matcher, text.length);
  return regex.test(text);
}
