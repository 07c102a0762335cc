import { RE2JS, RE2JSException } from 're2js';
import { CelRuntimeError } from './library.ts';

const CACHE_SIZE = 1000;
const cache = new Map<string, RE2JS>();

/**
 * A compiled regular expression in RE2 syntax (linear time, no look-around), as Go's `regexp`. Up to
 * 1000 patterns stay compiled.
 * @throws CelRuntimeError `other` when the pattern is not valid
 */
export function compileRegex(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const compiled = compile(pattern);
  const oldest = cache.keys().next();
  if (cache.size >= CACHE_SIZE && oldest.done !== true) cache.delete(oldest.value);
  cache.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) throw new CelRuntimeError('other', 'Illegal regex');
    throw error;
  }
}
