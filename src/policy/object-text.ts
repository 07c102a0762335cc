import type { CompiledPolicy } from './compile.ts';

/** Errors of evaluation that quote a value: a key, a zone, an offset. */
const QUOTING = /(no such key: |unknown time zone |out of range \[[^\]]*\]: )([^]+)$/;
const HIDDEN = '(a value that the policy does not name)';

/**
 * An error without what it quotes of the object. The API server shows a missing key and an unknown zone, which an
 * expression may have taken from the object that it is about; what stands in the policy itself stays.
 */
function withoutObjectText(message: string, { policy }: CompiledPolicy): string {
  return hidingUnless(message, (quoted) => JSON.stringify(policy.spec).includes(quoted));
}

/** The same for an error of a single expression. */
export function withoutTextBeyond(message: string, source: string): string {
  return hidingUnless(message, (quoted) => source.includes(quoted));
}

function hidingUnless(message: string, isNamed: (quoted: string) => boolean): string {
  const found = QUOTING.exec(message);
  if (found === null) return message;
  const [, words = '', quoted = ''] = found;
  return isNamed(quoted) ? message : `${message.slice(0, found.index)}${words}${HIDDEN}`;
}

/** An error as it may be shown: all of it only where the API server's own answer is asked for. */
export function shown(
  message: string,
  compiled: CompiledPolicy,
  { allMessages = false }: { readonly allMessages?: boolean },
): string {
  return allMessages ? message : withoutObjectText(message, compiled);
}
