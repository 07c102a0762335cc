/** What is wrong with a template, or with running it, and where: line and column count from 1. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly line: number;
  readonly column: number;

  /** @param offset of the place in `source`, in UTF-16 code units */
  constructor(problem: string, source: string, offset: number) {
    const before = source.slice(0, offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    super(`line ${before.length}, column ${column}: ${problem}`);
    this.line = before.length;
    this.column = column;
  }
}
