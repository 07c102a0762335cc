import { readFileSync } from 'node:fs';
import { SluiceError } from '../domain/errors.ts';
import { readEnvironment } from './environment.ts';
import { readConfigFile } from './file.ts';
import { environmentNameOf, flagOf } from './option.ts';
import {
  OPTIONS,
  OPTION_KEYS,
  PLANNED_ROLES,
  ROLES,
  type Config,
  type OptionKey,
  type Role,
} from './options.ts';
import { readParamKinds } from './param-kinds.ts';
import { readValue, type OptionValue } from './value.ts';

/** By camelCase key; `true` is a boolean flag that was given without a value. */
export type FlagTexts = Readonly<Record<string, string | true | undefined>>;

/** Where the configuration comes from, strongest first. */
export interface ConfigSources {
  /** What was given on the command line; absent ones are undefined. */
  readonly flags?: FlagTexts;
  /** Absent: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `--config`: path of a YAML file. */
  readonly file?: string | undefined;
}

/**
 * Reads and checks the whole configuration: flag over environment over file over default.
 * @returns a frozen object with every option
 * @throws SluiceError SLUICE_CONFIG that names the origin of what does not fit
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const environment = readEnvironment(sources.environment ?? process.env);
  const file = sources.file === undefined ? undefined : readFile(sources.file);
  const config: Record<string, OptionValue> = {};
  for (const key of OPTION_KEYS) {
    const { text, where } = strongest(key, { flags: sources.flags ?? {}, environment, file });
    config[key] = key === 'roles' ? readRoles(text, where) : readValue(OPTIONS[key], text, where);
  }
  const checked = Object.freeze(config) as unknown as Config;
  refuseUnsupported(checked);
  readParamKinds(checked.paramKinds);
  return checked;
}

interface ReadSources {
  readonly flags: FlagTexts;
  readonly environment: ReadonlyMap<OptionKey, string>;
  readonly file: { name: string; values: ReadonlyMap<OptionKey, string> } | undefined;
}

function strongest(key: OptionKey, sources: ReadSources): { text: string; where: string } {
  const flag = sources.flags[key];
  if (flag !== undefined) return { text: String(flag), where: flagOf(key) };
  const variable = sources.environment.get(key);
  if (variable !== undefined) return { text: variable, where: environmentNameOf(key) };
  const entry = sources.file?.values.get(key);
  if (entry !== undefined) return { text: entry, where: `${sources.file?.name ?? ''}: ${key}` };
  return { text: OPTIONS[key].default, where: `default of ${flagOf(key)}` };
}

function readFile(path: string): { name: string; values: ReadonlyMap<OptionKey, string> } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'error'})`;
    throw new SluiceError('SLUICE_CONFIG', `--config ${path} ${problem}`);
  }
  return { name: path, values: readConfigFile(text, path) };
}

function readRoles(text: string, where: string): readonly Role[] {
  const asked = new Set(readValue(OPTIONS.roles, text, where) as readonly string[]);
  for (const role of asked) {
    if ((ROLES as readonly string[]).includes(role)) continue;
    const planned = PLANNED_ROLES.includes(role);
    const problem = planned ? `role ${role} is not part of this version` : `unknown role ${role}`;
    throw new SluiceError('SLUICE_CONFIG', `${where}: ${problem}; known: ${ROLES.join(', ')}`);
  }
  if (asked.size === 0) {
    throw new SluiceError('SLUICE_CONFIG', `${where}: no role; known: ${ROLES.join(', ')}`);
  }
  return Object.freeze(ROLES.filter((role) => asked.has(role)));
}

/** A safety promise that cannot be kept is refused, never dropped. */
function refuseUnsupported(config: Config): void {
  if (config.roles.includes('gates') && config.gateKeyFile === '') {
    throw new SluiceError('SLUICE_CONFIG', 'the role gates needs --gate-key-file');
  }
}
