import { dump } from 'js-yaml';
import { CONFIG_API_VERSION } from './file.ts';
import { OPTIONS, OPTION_KEYS, type Config } from './options.ts';
import type { OptionSpec } from './option.ts';
import { writeValue } from './value.ts';

/** The configuration as a file that `--config` reads back to the same; secrets that are set are left out. */
export function printConfig(config: Config): string {
  const shown = OPTION_KEYS.filter((key) => !isSecret(OPTIONS[key]) || config[key] === '');
  const values = shown.map((key) => {
    const value = config[key];
    return [key, OPTIONS[key].kind === 'duration' ? writeValue(OPTIONS[key], value) : value];
  });
  const document = {
    apiVersion: CONFIG_API_VERSION,
    kind: 'Config',
    ...(Object.fromEntries(values) as object),
  };
  return dump(document, { lineWidth: -1 });
}

function isSecret({ secret }: OptionSpec): boolean {
  return secret === true;
}
