import { SluiceError } from '../domain/errors.ts';
import type { EscapeValue } from './query-template.ts';

/** How texts stand in a query language. */
export interface LiteralSyntax {
  /** Quotation marks of literals in which a backslash escapes. */
  readonly quotes: string;
  /** Those of literals in which nothing escapes. */
  readonly raw?: string;
}

/**
 * Escapes values so that none ends the literal in which it stands. What is no end stays as it is, so that regular
 * expressions keep their backslashes; outside of literals a value may be any part of a query, as in Flagger.
 */
export function escapeInLiterals(syntax: LiteralSyntax): EscapeValue {
  return (value, before) => {
    const quote = openLiteral(before, syntax);
    if (quote === undefined) return value;
    if (syntax.raw?.includes(quote) !== true) return escaped(value, quote);
    if (!value.includes(quote)) return value;
    throw new SluiceError(
      'SLUICE_INPUT',
      'query template: a variable holds the mark that ends the literal in which it stands',
    );
  };
}

/** The mark of the literal that is open at the end of a query. */
function openLiteral(query: string, { quotes, raw = '' }: LiteralSyntax): string | undefined {
  let open: string | undefined;
  for (let at = 0; at < query.length; at++) {
    const character = query[at] ?? '';
    if (open === undefined) {
      if (quotes.includes(character) || raw.includes(character)) open = character;
    } else if (character === '\\' && quotes.includes(open)) at += 1;
    else if (character === open) open = undefined;
  }
  return open;
}

function escaped(value: string, quote: string): string {
  let out = '';
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? '';
    const next = value[at + 1];
    if (character === '\\') {
      // An escape of the value's own stays; a backslash at its end would take the closing mark's meaning.
      out += next === undefined ? '\\\\' : character + next;
      at += 1;
    } else if (character === quote) out += `\\${quote}`;
    else out += character === '\n' ? '\\n' : character;
  }
  return out;
}
