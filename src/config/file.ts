import { CORE_SCHEMA, load } from 'js-yaml';
import { SluiceError } from '../domain/errors.ts';
import { OPTIONS, OPTION_KEYS, type OptionKey } from './options.ts';

export const CONFIG_API_VERSION = 'sluice.dev/v1alpha1';
const FRAME: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Reads a configuration file: YAML with `apiVersion: sluice.dev/v1alpha1`, `kind: Config` and options in camelCase.
 * @param text the file's content
 * @param name how messages name the file
 * @returns each option's text, as it would stand on the command line
 * @throws SluiceError SLUICE_CONFIG for anything that is not such a document, and for an unknown key
 */
export function readConfigFile(text: string, name: string): Map<OptionKey, string> {
  const document = parse(text, name);
  if (document['apiVersion'] !== CONFIG_API_VERSION || document['kind'] !== 'Config') {
    throw new SluiceError(
      'SLUICE_CONFIG',
      `${name} needs apiVersion: ${CONFIG_API_VERSION} and kind: Config`,
    );
  }
  const values = new Map<OptionKey, string>();
  for (const [key, value] of Object.entries(document)) {
    if (FRAME.has(key)) continue;
    values.set(knownKey(key, name), textOf(value, `${name}: ${key}`));
  }
  return values;
}

function parse(text: string, name: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    const line = (error as { mark?: { line?: number } }).mark?.line;
    const place = line === undefined ? '' : ` (line ${line + 1})`;
    throw new SluiceError('SLUICE_CONFIG', `${name} is not valid YAML${place}`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new SluiceError('SLUICE_CONFIG', `${name} does not hold one YAML mapping`);
  }
  return document as Record<string, unknown>;
}

function knownKey(key: string, name: string): OptionKey {
  if (Object.hasOwn(OPTIONS, key)) return key as OptionKey;
  throw new SluiceError(
    'SLUICE_CONFIG',
    `${name} has an unknown key ${key}; known: ${OPTION_KEYS.join(', ')}`,
  );
}

function textOf(value: unknown, where: string): string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.join(',');
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new SluiceError(
    'SLUICE_CONFIG',
    `${where} is neither a text, a number nor a list of texts`,
  );
}
