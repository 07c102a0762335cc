import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { CORE_SCHEMA, YAMLException, load } from 'js-yaml';
import { SluiceError } from '../domain/errors.ts';

/** A named entry of a kubeconfig (`{name, cluster}`, `{name, context}`, `{name, user}`), as written. */
export interface NamedEntry {
  readonly name: string;
  readonly [part: string]: unknown;
}

/** One or several kubeconfig files as one document; paths are absolute. */
export interface KubeconfigDocument {
  readonly clusters: readonly NamedEntry[];
  readonly contexts: readonly NamedEntry[];
  readonly users: readonly NamedEntry[];
  readonly currentContext: string | undefined;
}

type Fields = Record<string, unknown>;

/**
 * Reads kubeconfig files and merges them as kubectl does: of entries with the same name the first counts, and so does
 * the first current context.
 * @param files paths
 * @param options.skipMissing leaves out files that do not exist, as kubectl does with those of KUBECONFIG
 * @throws SluiceError SLUICE_CONFIG when a file cannot be read or is no kubeconfig, or none is left
 */
export function readKubeconfigFiles(
  files: readonly string[],
  options: { skipMissing: boolean },
): KubeconfigDocument {
  const documents = files
    .map((file) => readOne(file, options.skipMissing))
    .filter((document) => document !== undefined);
  if (documents.length === 0) {
    throw new SluiceError('SLUICE_CONFIG', `kubeconfig not found: ${files.join(', ')}`);
  }
  const all = (part: 'clusters' | 'contexts' | 'users'): NamedEntry[] =>
    firstOfEachName(documents.flatMap((document) => document[part]));
  return {
    clusters: all('clusters'),
    contexts: all('contexts'),
    users: all('users'),
    currentContext: documents.find(({ currentContext }) => currentContext !== undefined)
      ?.currentContext,
  };
}

function readOne(file: string, skipMissing: boolean): KubeconfigDocument | undefined {
  const text = readText(file, skipMissing);
  if (text === undefined) return undefined;
  const document = parse(file, text);
  const folder = dirname(file);
  const current = document['current-context'];
  return {
    clusters: entries(document['clusters']).map((entry) =>
      withAbsolutePaths(entry, 'cluster', folder, ['certificate-authority']),
    ),
    contexts: entries(document['contexts']),
    users: entries(document['users']).map((entry) =>
      withAbsoluteCommand(
        withAbsolutePaths(entry, 'user', folder, ['client-certificate', 'client-key', 'tokenFile']),
        folder,
      ),
    ),
    currentContext: typeof current === 'string' && current !== '' ? current : undefined,
  };
}

function readText(file: string, skipMissing: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' && skipMissing) return undefined;
    throw new SluiceError('SLUICE_CONFIG', `kubeconfig ${file} cannot be read: ${code}`, {
      cause: error,
    });
  }
}

function parse(file: string, text: string): Fields {
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    // Only the position: the text around it may be a credential.
    const line = error instanceof YAMLException ? error.mark.line + 1 : 0;
    throw new SluiceError('SLUICE_CONFIG', `kubeconfig ${file} is not YAML: line ${line}`);
  }
  if (value === undefined || value === null) return {};
  if (isFields(value)) return value;
  throw new SluiceError('SLUICE_CONFIG', `kubeconfig ${file} is not a kubeconfig`);
}

function entries(value: unknown): NamedEntry[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry: unknown): entry is NamedEntry => {
    return isFields(entry) && typeof entry['name'] === 'string';
  });
}

function withAbsolutePaths(
  entry: NamedEntry,
  part: string,
  folder: string,
  fields: readonly string[],
): NamedEntry {
  const body = entry[part];
  if (!isFields(body)) return entry;
  const changed: Fields = { ...body };
  for (const field of fields) {
    const path = changed[field];
    if (typeof path === 'string' && path !== '') changed[field] = absolute(folder, path);
  }
  return { ...entry, [part]: changed };
}

/** A command with a slash in it is meant relative to the file; one without is looked up in PATH. */
function withAbsoluteCommand(entry: NamedEntry, folder: string): NamedEntry {
  const user = entry['user'];
  if (!isFields(user) || !isFields(user['exec'])) return entry;
  const { command } = user['exec'] as { command?: unknown };
  if (typeof command !== 'string' || !/[/\\]/.test(command)) return entry;
  const exec = { ...user['exec'], command: absolute(folder, command) };
  return { ...entry, user: { ...user, exec } };
}

function absolute(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function firstOfEachName(all: readonly NamedEntry[]): NamedEntry[] {
  const seen = new Map<string, NamedEntry>();
  for (const entry of all) if (!seen.has(entry.name)) seen.set(entry.name, entry);
  return [...seen.values()];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
