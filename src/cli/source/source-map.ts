import type * as Yaml from 'yaml';
import type { Document, Node, Pair, Scalar } from 'yaml';
import { blockScalarMap, flowScalarMap, type ScalarMap } from './scalar-map.ts';

/** A place in a file. Line and column count from 1, columns in UTF-16 code units; the end is exclusive. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** What of a field is meant. */
export interface Target {
  /** Line on which the document starts, as `parseYamlDocuments` says. */
  readonly document: number;
  /** Path in the document, e.g. `spec.validations[0].expression`; what does not exist stands for its parent. */
  readonly path: string;
  /** The name of the field, or its value. */
  readonly part: 'key' | 'value';
  /** Within a text value: UTF-16 code units from its start. */
  readonly offset?: number | undefined;
}

/** Finds places in one YAML text. */
export interface SourceMap {
  place(target: Target): Place;
}

/** Reads a text for its places; the parser is loaded when the first text is. */
export async function createSourceMap(text: string): Promise<SourceMap> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const parsed = yaml.parseAllDocuments(text, {
    lineCounter: lines,
    keepSourceTokens: true,
    strict: false,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
  const startLine = ({ contents }: Document.Parsed): number =>
    lines.linePos(contents?.range[0] ?? 0).line;
  return {
    place: (target) => {
      const document = documents.find(
        (each) => each.contents !== null && startLine(each) >= target.document,
      );
      const found = document === undefined ? undefined : find(yaml, document, target);
      if (found === undefined) return lineStart(target.document);
      const [start, end] = found;
      const [from, to] = [lines.linePos(start), lines.linePos(end)];
      return { line: from.line, column: from.col, endLine: to.line, endColumn: to.col };
    },
  };

  function find(module: Parser, document: Document.Parsed, target: Target): Range | undefined {
    const reached = follow(module, document, target.path);
    if (reached === undefined) return undefined;
    const { key, value, isWhole } = reached;
    if (target.part === 'key' && key?.range) return [key.range[0], key.range[1]];
    if (!isWhole || !value?.range) return firstRange(key, value);
    const { offset } = target;
    if (offset === undefined || !module.isScalar(value)) return [value.range[0], value.range[1]];
    return within(text, value, offset);
  }
}

type Parser = typeof Yaml;
type Range = readonly [start: number, end: number];

function lineStart(line: number): Place {
  return { line, column: 1, endLine: line, endColumn: 1 };
}

function firstRange(key: Node | undefined, value: Node | null | undefined): Range | undefined {
  const range = key?.range ?? value?.range;
  return range ? [range[0], range[1]] : undefined;
}

interface Reached {
  /** Of the last field on the way. */
  readonly key: Node | undefined;
  readonly value: Node | null | undefined;
  /** Whether the path exists to its end. */
  readonly isWhole: boolean;
}

/** Goes down a path as far as it exists; keys may hold dots, so that the longest fitting one is taken. */
function follow(yaml: Parser, document: Document.Parsed, path: string): Reached | undefined {
  let value: Node | null | undefined = document.contents;
  let key: Node | undefined;
  let rest = path;
  while (rest !== '') {
    if (yaml.isAlias(value)) value = value.resolve(document);
    const step = stepOf(yaml, value, rest);
    if (step === undefined) return { key, value, isWhole: false };
    key = step.key ?? (yaml.isNode(step.value) ? step.value : key);
    value = step.value;
    rest = rest.slice(step.length).replace(/^\./, '');
  }
  if (yaml.isAlias(value)) value = value.resolve(document);
  return { key, value, isWhole: true };
}

interface Step {
  readonly key: Node | undefined;
  readonly value: Node | null | undefined;
  readonly length: number;
}

function stepOf(yaml: Parser, value: Node | null | undefined, rest: string): Step | undefined {
  if (yaml.isSeq(value)) {
    const index = /^\[(\d+)\]/.exec(rest);
    if (index === null) return undefined;
    const item = value.items[Number(index[1])];
    if (item === undefined) return undefined;
    return { key: undefined, value: item as Node | null, length: index[0].length };
  }
  if (!yaml.isMap(value)) return undefined;
  const fitting = value.items
    .map((pair) => [pair as Pair<Node, Node | null>, keyText(yaml, pair.key)] as const)
    .filter(([, name]) => name !== '' && isPrefix(name, rest))
    .sort(([, a], [, b]) => b.length - a.length);
  const [best] = fitting;
  return best && { key: best[0].key, value: best[0].value, length: best[1].length };
}

function keyText(yaml: Parser, key: unknown): string {
  if (!yaml.isScalar(key)) return '';
  return typeof key.source === 'string' && typeof key.value !== 'string'
    ? key.source
    : String(key.value);
}

function isPrefix(name: string, rest: string): boolean {
  return (
    rest.startsWith(name) && (rest.length === name.length || /[.[]/.test(rest[name.length] ?? ''))
  );
}

/** The place of one unit of a scalar's value. */
function within(text: string, scalar: Scalar, offset: number): Range {
  const map = mapOf(text, scalar);
  const [start = 0, end = 0] = scalar.range ?? [];
  if (map?.value !== scalar.value) return [start, end];
  const from = map?.offsets[Math.min(offset, map.offsets.length - 1)] ?? start;
  // At the end of a line there is no character to show.
  return [from, /[\r\n]/.test(text[from] ?? '\n') ? from : from + 1];
}

function mapOf(text: string, { range, type, srcToken }: Scalar): ScalarMap | undefined {
  if (!range) return undefined;
  const [start, end] = range;
  if (type !== 'BLOCK_FOLDED' && type !== 'BLOCK_LITERAL') return flowScalarMap(text, start, end);
  const indent = srcToken !== undefined && 'indent' in srcToken ? srcToken.indent : 0;
  return blockScalarMap(text, start, end, indent);
}
