import { globSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { YamlError, parseYamlDocuments, type YamlDocument } from '../lib/yaml-documents.ts';

/** One object of a manifest. */
export interface ManifestObject {
  /** As the user named it, relative to the working directory; `-` for standard input. */
  readonly file: string;
  /** Line on which its document starts, from 1. */
  readonly line: number;
  /** Where it stands in its document: '' or `items[0].` in a list. */
  readonly within: string;
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
  /** Documents of folders and globs that are no Kubernetes objects at all, e.g. Helm values. */
  readonly passedOver: readonly InputProblem[];
}

const NOTHING: Manifests = { objects: [], problems: [], passedOver: [] };

/** Which files of a folder are meant. */
export interface NamePattern {
  readonly name: RegExp;
  /** In words, for messages. */
  readonly what: string;
  /** Whether a folder without one is no problem. */
  readonly mayBeNone?: boolean;
}

const MANIFESTS: NamePattern = { name: /\.(?:ya?ml|json)$/, what: 'YAML or JSON file' };
/** What is below these is somebody else's. */
const FOREIGN_FOLDER = /(?:^|[\\/])node_modules[\\/]/;

/**
 * Reads Kubernetes objects from files, folders (all YAML and JSON files below), globs and standard input. Several
 * documents a file and `List` kinds are taken apart.
 * @param inputs as given on the command line
 * @param stdin what `-` stands for
 * @returns what could be read, and what could not
 */
export function readManifests(inputs: readonly string[], cwd: string, stdin = ''): Manifests {
  const { texts, problems } = readTexts(inputs, cwd, stdin);
  return merge([
    { ...NOTHING, problems },
    ...texts.map(({ file, text, isNamed }) => parseManifest(file, text, isNamed)),
  ]);
}

/** A file, or standard input. */
export interface InputText {
  /** As messages name it: relative to the working directory; `-` for standard input. */
  readonly file: string;
  /** Absolute; '' for standard input. */
  readonly path: string;
  readonly text: string;
  /** Whether the user named this very file, rather than a folder or glob that it is in. */
  readonly isNamed: boolean;
}

/** Reads files, folders, globs and standard input as `readManifests` does, without looking into them. */
export function readTexts(
  inputs: readonly string[],
  cwd: string,
  stdin = '',
  pattern: NamePattern = MANIFESTS,
): { readonly texts: readonly InputText[]; readonly problems: readonly InputProblem[] } {
  const texts: InputText[] = [];
  const problems: InputProblem[] = [];
  for (const input of inputs) {
    if (input === '-') {
      texts.push({ file: '-', path: '', text: stdin, isNamed: true });
      continue;
    }
    const files = expand(input, cwd, pattern);
    if (typeof files === 'string') problems.push(problem(input, files));
    for (const path of typeof files === 'string' ? [] : files) {
      const isNamed = path === resolve(cwd, input);
      const file = shownName(path, cwd);
      const text = textOf(path);
      if (typeof text === 'string') texts.push({ file, path, text, isNamed });
      else problems.push(problem(file, `cannot be read (${text.code})`));
    }
  }
  return { texts, problems };
}

function textOf(path: string): string | { readonly code: string } {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? 'error' };
  }
}

function merge(parts: readonly Manifests[]): Manifests {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
    passedOver: parts.flatMap(({ passedOver }) => passedOver),
  };
}

/** @returns the files, in order; a text says why there are none */
function expand(
  input: string,
  cwd: string,
  { name, what, mayBeNone = false }: NamePattern,
): readonly string[] | string {
  const path = resolve(cwd, input);
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isFile() === true) return [path];
  if (info?.isDirectory() === true) {
    const entries = readdirSync(path, { recursive: true, encoding: 'utf8' });
    const isForeign = foreignTo(entries);
    const found = entries
      .filter((entry) => name.test(entry) && !isForeign(entry))
      .map((entry) => join(path, entry))
      .filter((entry) => statSync(entry).isFile())
      .sort();
    return found.length === 0 && !mayBeNone ? `the folder holds no ${what}` : found;
  }
  const matched = globSync(input, { cwd }).sort();
  if (matched.length === 0) return 'no such file, folder or match';
  return matched.map((entry) => resolve(cwd, entry)).filter((entry) => statSync(entry).isFile());
}

/** What of a folder is no manifest: packages of npm, and Helm charts, whose templates are not YAML. */
function foreignTo(entries: readonly string[]): (entry: string) => boolean {
  const charts = entries.filter((entry) => basename(entry) === 'Chart.yaml').map(dirname);
  return (entry) =>
    FOREIGN_FOLDER.test(entry) ||
    charts.some((chart) => {
      const below = relative(chart, entry);
      return below === 'Chart.yaml' || below.startsWith(`templates${sep}`);
    });
}

/** A path as messages show it: relative when it is below the working directory. */
export function shownName(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
}

/**
 * Reads the objects of one text.
 * @param file how messages name it
 * @param isStrict whether a document that is no Kubernetes object at all is an error, or passed over
 */
export function parseManifest(file: string, text: string, isStrict = true): Manifests {
  try {
    const documents = parseYamlDocuments(text);
    return merge(documents.map((document) => objectsOfDocument(file, document, isStrict)));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column, message } = error;
    return { ...NOTHING, problems: [{ file, line, column, message }] };
  }
}

/** The objects of one document. */
export function objectsOfDocument(
  file: string,
  { value, line }: YamlDocument,
  isStrict = true,
): Manifests {
  if (isStrict || !isForeign(value)) return objectsOf({ file, line }, value, '');
  const message = 'is not a Kubernetes object';
  return { ...NOTHING, passedOver: [{ file, line, column: 1, message }] };
}

/** Whether a document is meant for another tool: values, tests, a kustomization. */
function isForeign(value: Json): boolean {
  if (!isJsonObject(value)) return true;
  const { apiVersion, kind } = value;
  if (apiVersion === undefined && kind === undefined) return true;
  return typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/');
}

function objectsOf(
  place: { readonly file: string; readonly line: number },
  value: Json,
  where: string,
): Manifests {
  const wrong = (message: string): Manifests => ({
    ...NOTHING,
    problems: [{ ...place, column: 1, message: `${where.replace(/\.$/, ' ')}${message}` }],
  });
  if (!isJsonObject(value)) return wrong('is not a Kubernetes object but another value');
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return wrong('is not a Kubernetes object: apiVersion or kind is missing');
  }
  if (kind.endsWith('List') && isJsonArray(items)) {
    return merge(items.map((item, index) => objectsOf(place, item, `${where}items[${index}].`)));
  }
  if (nameOf(value) === undefined) return wrong('has no metadata.name');
  return { ...NOTHING, objects: [{ ...place, within: where, value }] };
}

function nameOf(value: Readonly<Record<string, Json>>): string | undefined {
  const { metadata } = value;
  const name = isJsonObject(metadata) ? (metadata['name'] ?? metadata['generateName']) : undefined;
  return typeof name === 'string' ? name : undefined;
}

function problem(file: string, message: string): InputProblem {
  return { file, line: 0, column: 0, message };
}

/** `file:line:column: message`, as compilers print it. */
export function problemLine({ file, line, column, message }: InputProblem): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`;
}
