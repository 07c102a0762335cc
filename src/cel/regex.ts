import { RE2JS, RE2JSException } from 're2js';
import { CelRuntimeError } from './library.ts';
import { nativeRegex, type NativeRegex } from './native-regex.ts';

const CACHE_SIZE = 1000;
const cache = new Map<string, Matcher>();

/** A compiled pattern, and a faster form of it where there is one. */
interface Matcher {
  readonly regex: RE2JS;
  readonly native: NativeRegex | undefined;
}

/**
 * A compiled regular expression in RE2 syntax (linear time, no look-around), as Go's `regexp`. Up to
 * 1000 patterns stay compiled.
 * @throws CelRuntimeError `other` when the pattern is not valid
 */
export function compileRegex(pattern: string): RE2JS {
  return matcherOf(pattern).regex;
}

/** As {@link compileRegex}, for those who only ask whether there is a match. @throws CelRuntimeError */
export function matcherOf(pattern: string): Matcher {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const matcher = { regex: compile(pattern), native: nativeRegex(pattern) };
  const oldest = cache.keys().next();
  if (cache.size >= CACHE_SIZE && oldest.done !== true) cache.delete(oldest.value);
  cache.set(pattern, matcher);
  return matcher;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) throw new CelRuntimeError('other', 'Illegal regex');
    throw error;
  }
}
