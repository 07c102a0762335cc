import { globSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { YamlError, parseYamlDocuments } from '../lib/yaml-documents.ts';

/** One object of a manifest. */
export interface ManifestObject {
  /** As the user named it, relative to the working directory; `-` for standard input. */
  readonly file: string;
  /** Line on which its document starts, from 1. */
  readonly line: number;
  readonly value: Readonly<Record<string, Json>>;
}

/** Why an input could not be read. Line and column count from 1; 0 when it is about no place. */
export interface InputProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Manifests {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly InputProblem[];
}

const MANIFEST_NAME = /\.(?:ya?ml|json)$/;

/**
 * Reads Kubernetes objects from files, folders (all YAML and JSON files below), globs and standard input. Several
 * documents a file and `List` kinds are taken apart.
 * @param inputs as given on the command line
 * @param stdin what `-` stands for
 * @returns what could be read, and what could not
 */
export function readManifests(inputs: readonly string[], cwd: string, stdin = ''): Manifests {
  const read = inputs.map((input): Manifests => {
    if (input === '-') return parseManifest('-', stdin);
    const files = expand(input, cwd);
    if (typeof files === 'string') return { objects: [], problems: [problem(input, files)] };
    return merge(files.map((file) => readFile(file, cwd)));
  });
  return merge(read);
}

function merge(parts: readonly Manifests[]): Manifests {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

/** @returns the files, in order; a text says why there are none */
function expand(input: string, cwd: string): readonly string[] | string {
  const path = resolve(cwd, input);
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isFile() === true) return [path];
  if (info?.isDirectory() === true) {
    const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => MANIFEST_NAME.test(name))
      .map((name) => join(path, name))
      .filter((name) => statSync(name).isFile())
      .sort();
    return found.length === 0 ? 'the folder holds no YAML or JSON file' : found;
  }
  const matched = globSync(input, { cwd }).sort();
  if (matched.length === 0) return 'no such file, folder or match';
  return matched.map((name) => resolve(cwd, name)).filter((name) => statSync(name).isFile());
}

function readFile(path: string, cwd: string): Manifests {
  const below = relative(cwd, path);
  const name = below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
  try {
    return parseManifest(name, readFileSync(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return { objects: [], problems: [problem(name, `cannot be read (${code})`)] };
  }
}

/** Reads the objects of one text. @param file how messages name it */
export function parseManifest(file: string, text: string): Manifests {
  try {
    return merge(
      parseYamlDocuments(text).map(({ value, line }) => objectsOf(file, line, value, '')),
    );
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column, message } = error;
    return { objects: [], problems: [{ file, line, column, message }] };
  }
}

function objectsOf(file: string, line: number, value: Json, where: string): Manifests {
  const wrong = (message: string): Manifests => ({
    objects: [],
    problems: [{ file, line, column: 1, message: `${where}${message}` }],
  });
  if (!isJsonObject(value)) return wrong('is not a Kubernetes object but another value');
  const { apiVersion, kind, items, metadata } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return wrong('is not a Kubernetes object: apiVersion or kind is missing');
  }
  if (kind.endsWith('List') && isJsonArray(items)) {
    return merge(items.map((item, index) => objectsOf(file, line, item, `items[${index}] `)));
  }
  const name = isJsonObject(metadata) ? (metadata['name'] ?? metadata['generateName']) : undefined;
  if (typeof name !== 'string') return wrong('has no metadata.name');
  return { objects: [{ file, line, value }], problems: [] };
}

function problem(file: string, message: string): InputProblem {
  return { file, line: 0, column: 0, message };
}

/** `file:line:column: message`, as compilers print it. */
export function problemLine({ file, line, column, message }: InputProblem): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`;
}
