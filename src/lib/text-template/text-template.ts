import { evaluate } from './evaluate.ts';
import { BUILTINS, type TemplateFunction } from './functions.ts';
import { parse } from './parse.ts';
import { TemplateError } from './template-error.ts';
import type { TextPart } from './values.ts';

const MAX_SOURCE = 65_536;

/**
 * Renders a template of Go's text/template with the data nil and the option `missingkey=error`.
 *
 * It knows the whole language of Go 1.26 but complex and hexadecimal floating-point numbers, `call`, and printf's
 * argument indexes, `*`, flag `#`, and `%b` and `%x` of floats: those are errors. A run is bounded: 10,000 steps and 64 KiB of text.
 * Source: https://pkg.go.dev/text/template
 * @param functions beside Go's own
 * @returns what was written, piece by piece, each with whether it came from a value of `functions`
 * @throws TemplateError with line and column
 */
export function renderTemplate(
  source: string,
  functions: ReadonlyMap<string, TemplateFunction>,
): TextPart[] {
  if (source.length > MAX_SOURCE) {
    throw new TemplateError(`more than ${MAX_SOURCE} characters`, source, 0);
  }
  const known = new Set([...functions.keys(), 'and', 'or', ...BUILTINS.keys()]);
  return evaluate(parse(source, known), {
    functions,
    error: (problem, at) => new TemplateError(problem, source, at),
  });
}
