import { CORE_SCHEMA, Type, YAMLException, load } from 'js-yaml';
import type { Json } from './lossless-json.ts';
import { nestingProblem } from './nesting.ts';

/** One document of a YAML text. */
export interface YamlDocument {
  readonly value: Json;
  /** Line on which it starts, from 1. */
  readonly line: number;
}

/** Why a YAML text cannot be read. Line and column count from 1. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** Integers of the core schema; those that a double cannot hold stay exact. It stands in for the parser's own type. */
const INTEGER = new Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: unknown) =>
    typeof text === 'string' && /^(?:[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(text),
  construct: (text: string) => {
    const number = Number(text);
    if (Number.isSafeInteger(number)) return number;
    const exact = BigInt(text.replace(/^\+/, ''));
    return BigInt.asIntN(64, exact) === exact ? exact : number;
  },
});
const SCHEMA = CORE_SCHEMA.extend({ implicit: [INTEGER] });

/**
 * Reads all documents of a YAML text by the YAML 1.2 core schema: `yes` and `on` are strings. Empty documents are left
 * out. JSON is YAML too.
 * @throws YamlError at the first place that is wrong
 */
export function parseYamlDocuments(text: string): readonly YamlDocument[] {
  return splitDocuments(text).flatMap(({ text: chunk, line }) => {
    const value = parseOne(chunk, line);
    return value === undefined || value === null ? [] : [{ value, line: firstLine(chunk, line) }];
  });
}

/** Cuts at `---` lines; content of block scalars is indented, so that none of it is taken for one. */
function splitDocuments(text: string): readonly { readonly text: string; readonly line: number }[] {
  const chunks: { text: string; line: number }[] = [];
  let lines: string[] = [];
  let start = 1;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^---(?:\s|$)/.test(line)) {
      chunks.push({ text: lines.join('\n'), line: start });
      // What follows the marker on its line belongs to the new document.
      lines = [`   ${line.slice(3)}`.trimEnd()];
      start = index + 1;
    } else if (/^\.\.\.\s*$/.test(line)) {
      lines.push('');
    } else {
      lines.push(line);
    }
  }
  chunks.push({ text: lines.join('\n'), line: start });
  return chunks;
}

function parseOne(chunk: string, line: number): Json | undefined {
  try {
    const value = load(chunk, { schema: SCHEMA }) as Json | undefined;
    const problem = nestingProblem(value);
    if (problem !== undefined) throw new YamlError(problem, firstLine(chunk, line), 1);
    return value;
  } catch (error) {
    // The parser recurses as deep as the text nests.
    if (error instanceof RangeError) throw new YamlError('nests too deeply', line, 1);
    if (!(error instanceof YAMLException)) throw error;
    const mark = error.mark as { line: number; column: number } | undefined;
    throw new YamlError(error.reason, line + (mark?.line ?? 0), (mark?.column ?? 0) + 1);
  }
}

function firstLine(chunk: string, line: number): number {
  const offset = chunk.split('\n').findIndex((text) => /^\s*[^\s#]/.test(text));
  return line + Math.max(0, offset);
}
