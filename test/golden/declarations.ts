import { load } from 'js-yaml';
import { FILES, type Difference, type RecordedFile } from './difference.ts';
import { matchesPattern } from './path-pattern.ts';

/** An entry of docs/flagger-differences.yaml. */
export interface Declaration {
  /** Names of scenarios; `*` alone: every scenario. */
  readonly scenarios: readonly string[];
  readonly file: RecordedFile;
  /** A pattern, see {@link matchesPattern}. */
  readonly path: string;
  readonly reason: string;
}

const KEYS = ['scenario', 'file', 'path', 'reason'];

/**
 * Reads the declared differences.
 * @throws Error that names the entry which is not valid in itself
 */
export function readDeclarations(text: string): Declaration[] {
  const { differences } = load(text) as { differences?: unknown };
  if (!Array.isArray(differences)) throw new Error('differences is not a list');
  return differences.map((entry: unknown, i) => readEntry(entry, `differences[${i}]`));
}

function readEntry(entry: unknown, where: string): Declaration {
  const fields = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new Error(`${where}: unknown key ${unknown}`);
  const { scenario, file, path, reason } = fields;
  const scenarios = Array.isArray(scenario) ? scenario : [scenario];
  if (scenarios.length === 0 || !scenarios.every((name) => typeof name === 'string')) {
    throw new Error(`${where}: scenario is neither a name nor a list of names`);
  }
  if (typeof path !== 'string' || path === '') throw new Error(`${where}: no path`);
  if (typeof reason !== 'string' || reason.length < 20) throw new Error(`${where}: no reason`);
  const known = FILES.find((name) => name === file);
  if (known === undefined || known === 'scenario.json') {
    throw new Error(`${where}: file is none of ${FILES.slice(1).join(', ')}`);
  }
  if (scenarios.includes('*')) {
    if (scenarios.length > 1) throw new Error(`${where}: \`*\` beside names of scenarios`);
    if (path.includes('*')) throw new Error(`${where}: \`*\` as scenario needs an exact path`);
  }
  return { scenarios, file: known, path, reason };
}

/** Whether an entry is about a scenario. */
export function concerns({ scenarios }: Declaration, scenario: string): boolean {
  return scenarios.includes('*') || scenarios.includes(scenario);
}

/** Whether an entry declares a difference of a scenario that it concerns. */
export function declares(declaration: Declaration, { file, path }: Difference): boolean {
  return declaration.file === file && matchesPattern(declaration.path, path);
}
