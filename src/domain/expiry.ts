import { LruMap } from '../lib/lru.ts';

/** Times that are remembered: every decision asks for the same ends. */
const MAX_KNOWN = 4096;

const known = new LruMap<string, bigint | 'none'>(MAX_KNOWN);

/** Nanoseconds since the Unix epoch of an RFC 3339 time; undefined when it is none. */
export function instantIn(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  let instant = known.get(text);
  if (instant === undefined) {
    instant = parse(text);
    known.set(text, instant);
  }
  return instant === 'none' ? undefined : instant;
}

function parse(text: string): bigint | 'none' {
  try {
    return Temporal.Instant.from(text).epochNanoseconds;
  } catch {
    return 'none';
  }
}

/**
 * Whether an instant has come; one that cannot be read has, so that what should end never lasts for ever.
 * @param expiresAt absent: never
 * @param now RFC 3339
 */
export function hasPassed(expiresAt: string | undefined, now: string): boolean {
  if (expiresAt === undefined) return false;
  const end = instantIn(expiresAt);
  const at = instantIn(now);
  return end === undefined || at === undefined || end <= at;
}
