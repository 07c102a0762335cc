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
  /** Documents of folders and globs that are no Kubernetes objects at all, e.g. Helm values. */
  readonly passedOver: readonly InputProblem[];
}

const NOTHING: Manifests = { objects: [], problems: [], passedOver: [] };
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
    if (typeof files === 'string') return { ...NOTHING, problems: [problem(input, files)] };
    const isNamed = files.length === 1 && files[0] === resolve(cwd, input);
    return merge(files.map((file) => readFile(file, cwd, isNamed)));
  });
  return merge(read);
}

function merge(parts: readonly Manifests[]): Manifests {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
    passedOver: parts.flatMap(({ passedOver }) => passedOver),
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

function readFile(path: string, cwd: string, isNamed: boolean): Manifests {
  const below = relative(cwd, path);
  const name = below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
  try {
    return parseManifest(name, readFileSync(path, 'utf8'), isNamed);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return { ...NOTHING, problems: [problem(name, `cannot be read (${code})`)] };
  }
}

/**
 * Reads the objects of one text.
 * @param file how messages name it
 * @param isStrict whether a document that is no Kubernetes object at all is an error, or passed over
 */
export function parseManifest(file: string, text: string, isStrict = true): Manifests {
  try {
    return merge(
      parseYamlDocuments(text).map(({ value, line }): Manifests => {
        if (isStrict || !isForeign(value)) return objectsOf({ file, line }, value, '');
        const message = 'is not a Kubernetes object';
        return { ...NOTHING, passedOver: [{ file, line, column: 1, message }] };
      }),
    );
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column, message } = error;
    return { ...NOTHING, problems: [{ file, line, column, message }] };
  }
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
    problems: [{ ...place, column: 1, message: `${where}${message}` }],
  });
  if (!isJsonObject(value)) return wrong('is not a Kubernetes object but another value');
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return wrong('is not a Kubernetes object: apiVersion or kind is missing');
  }
  if (kind.endsWith('List') && isJsonArray(items)) {
    return merge(items.map((item, index) => objectsOf(place, item, `items[${index}] `)));
  }
  if (nameOf(value) === undefined) return wrong('has no metadata.name');
  return { ...NOTHING, objects: [{ ...place, value }] };
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
