/** An issue with its place in the expression; line and column count from 1. */
interface PlacedIssue {
  readonly errorClass: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** What the API server says without a place: a wrong result type, a constant call that fails. */
const PLACELESS = new Set(['result_type', 'const_fold']);

/**
 * The issues of an expression as one text, in the API server's words: each with its place, the line of the source and a
 * mark below it.
 */
export function compileProblem(source: string, issues: readonly PlacedIssue[]): string {
  const placeless = issues.find(({ errorClass }) => PLACELESS.has(errorClass));
  if (placeless !== undefined) return placeless.message;
  const lines = source.split('\n');
  const texts = issues.map((issue) => marked(issue, lines[issue.line - 1]));
  return `compilation failed: ${texts.join('\n')}`;
}

/** What may begin an expression, as the API server's parser lists it. */
const STARTS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function marked({ message, line, column }: PlacedIssue, source: string | undefined): string {
  if (/^(?:expression|max) recursion /.test(message)) return `ERROR: <input>:-1:0: ${message}`;
  if (source === '') {
    const text = message.endsWith("'<EOF>'") ? `${message} expecting ${STARTS}` : message;
    return `ERROR: <input>:${line}:0: ${text}`;
  }
  const head = `ERROR: <input>:${line}:${column}: ${message}`;
  if (source === undefined) return head;
  const characters = Array.from(source.replaceAll('\t', ' '));
  const dots = characters.slice(0, column - 1).map((character) => (isWide(character) ? '．' : '.'));
  const mark = isWide(characters[column - 1] ?? '') ? '＾' : '^';
  return `${head}\n | ${characters.join('')}\n | ${dots.join('')}${mark}`;
}

/** More than one byte of UTF-8. */
function isWide(character: string): boolean {
  return (character.codePointAt(0) ?? 0) > 0x7f;
}
