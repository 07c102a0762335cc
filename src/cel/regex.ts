import { RE2JS, RE2JSException } from 're2js';
import { CelRuntimeError } from './library.ts';
import { spend } from './work.ts';
import { nativeRegex, type NativeRegex } from './native-regex.ts';

const CACHE_SIZE = 1000;
const cache = new Map<string, Matcher>();

/** A compiled pattern, and a faster form of it where there is one. */
export interface Matcher {
  readonly regex: RE2JS;
  readonly native: NativeRegex | undefined;
  /** Number of instructions: matching takes no more steps than this times the length of the text. */
  readonly size: number;
}

/**
 * A compiled regular expression in RE2 syntax (linear time, no look-around), as Go's `regexp`. Up to
 * 1000 patterns stay compiled.
 * @throws CelRuntimeError `other` when the pattern is not valid
 */
export function compileRegex(pattern: string): RE2JS {
  return matcherOf(pattern).regex;
}

/** To be called before RE2 goes over a text. @throws Stop */
export function spendMatch({ size }: Matcher, length: number): void {
  spend(Math.floor((length * size) / 4));
}

/** As {@link compileRegex}, for those who only ask whether there is a match. @throws CelRuntimeError */
export function matcherOf(pattern: string): Matcher {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const regex = compile(pattern);
  const size = regex.matcher('').programSize();
  const matcher = { regex, native: nativeRegex(pattern), size };
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
