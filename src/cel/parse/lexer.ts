import { SyntaxIssue } from './issue.ts';

export type TokenKind =
  'float' | 'uint' | 'int' | 'bytes' | 'string' | 'ident' | 'escaped' | 'operator' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** In UTF-16 code units. */
  readonly offset: number;
}

const HEX = '[0-9a-fA-F]';
const ESCAPE = `\\\\(?:[abfnrtv"'\\\\?\`]|[0-3][0-7][0-7]|[xX]${HEX}{2}|u${HEX}{4}|U${HEX}{8})`;
const STRING = [
  `"""(?:${ESCAPE}|[^\\\\])*?"""`,
  `'''(?:${ESCAPE}|[^\\\\])*?'''`,
  `"(?:${ESCAPE}|[^\\\\"\\n\\r])*"`,
  `'(?:${ESCAPE}|[^\\\\'\\n\\r])*'`,
  `[rR]"""[^]*?"""`,
  `[rR]'''[^]*?'''`,
  `[rR]"[^"\\n\\r]*"`,
  `[rR]'[^'\\n\\r]*'`,
].join('|');
const EXPONENT = '[eE][+-]?\\d+';

// The longest alternative of the CEL grammar comes first, as its lexer takes the longest match.
const TOKEN = new RegExp(
  [
    `(?<float>\\d+\\.\\d+(?:${EXPONENT})?|\\d+${EXPONENT}|\\.\\d+(?:${EXPONENT})?)`,
    `(?<uint>0x${HEX}+[uU]|\\d+[uU])`,
    `(?<int>0x${HEX}+|\\d+)`,
    `(?<bytes>[bB](?:${STRING}))`,
    `(?<string>${STRING})`,
    '(?<ident>[A-Za-z_][A-Za-z0-9_]*)',
    '(?<escaped>`[A-Za-z0-9_.\\-/ ]+`)',
    '(?<operator>==|!=|<=|>=|&&|\\|\\||[<>[\\]{}().,\\-!?:+*/%])',
  ].join('|'),
  'y',
);
const SPACE = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;

/**
 * Splits an expression into tokens; the last one is of kind `end`.
 * @throws SyntaxIssue
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let offset = skipSpace(source, 0);
  while (offset < source.length) {
    const token = tokenAt(source, offset);
    tokens.push(token);
    offset = skipSpace(source, offset + token.text.length);
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset: source.length });
  return tokens;
}

function skipSpace(source: string, offset: number): number {
  SPACE.lastIndex = offset;
  return SPACE.test(source) ? SPACE.lastIndex : offset;
}

function tokenAt(source: string, offset: number): Token {
  TOKEN.lastIndex = offset;
  const groups = TOKEN.exec(source)?.groups;
  for (const kind of KINDS) {
    const text = groups?.[kind];
    if (text !== undefined) return { kind, text, offset };
  }
  throw new SyntaxIssue(offset, 'Syntax error: token recognition error');
}

const KINDS = [
  'ident',
  'operator',
  'string',
  'int',
  'float',
  'uint',
  'bytes',
  'escaped',
] as const satisfies readonly TokenKind[];
