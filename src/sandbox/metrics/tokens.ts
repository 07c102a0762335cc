import { SluiceError } from '../../domain/errors.ts';

export interface Token {
  readonly type: 'name' | 'number' | 'string' | 'duration' | 'operator';
  readonly text: string;
  /** Position in the query, from 0. */
  readonly at: number;
}

// In this order: a duration begins as a number does.
const PATTERNS: readonly (readonly [Token['type'], RegExp])[] = [
  ['duration', /(?:\d+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_])/y],
  ['number', /\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y],
  ['name', /[a-zA-Z_:][a-zA-Z0-9_:]*/y],
  ['string', /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y],
  ['operator', /=~|!~|!=|[-+*/(){}[\],=]/y],
];
const SPACE = /\s*/y;

/**
 * Splits a query into tokens.
 * @throws SluiceError SLUICE_UNSUPPORTED at the first character that is none
 */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(query, 0); at < query.length; at = skipSpace(query, at)) {
    const token = tokenAt(query, at);
    if (token === undefined) throw unsupportedQuery(`unexpected ${query.charAt(at)} at ${at}`);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

/** What the metric server says about any query that it does not answer. */
export function unsupportedQuery(what: string): SluiceError {
  return new SluiceError(
    'SLUICE_UNSUPPORTED',
    `the sandbox's metric server answers only the builtin queries of gatewayapi:v1 and kubernetes: ${what}`,
  );
}

function skipSpace(query: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(query)?.[0].length ?? 0);
}

function tokenAt(query: string, at: number): Token | undefined {
  for (const [type, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(query)?.[0];
    if (text !== undefined) return { type, text, at };
  }
  return undefined;
}
