import { Option, type Command } from 'commander';
import { FLAGGER_FLAGS } from './flagger-flags.ts';
import { flagOf, type OptionSpec } from './option.ts';
import { OPTIONS, OPTION_KEYS, type OptionKey } from './options.ts';

const PLACEHOLDER: Readonly<Record<OptionSpec['kind'], string>> = {
  string: '<text>',
  url: '<url>',
  integer: '<n>',
  boolean: '[true|false]',
  duration: '<duration>',
  list: '<a,b>',
  enum: '<name>',
};

/**
 * Declares options of the table on a command. Their values stay texts (`true` for a boolean without one), and absent
 * ones undefined: `loadConfig` reads them, so that a message names the flag.
 */
export function addConfigOptions(
  command: Command,
  keys: readonly OptionKey[] = OPTION_KEYS,
): Command {
  for (const key of keys) command.addOption(optionOf(key));
  return command;
}

function optionOf(key: OptionKey): Option {
  const spec: OptionSpec = OPTIONS[key];
  const placeholder =
    spec.values === undefined || spec.kind !== 'enum'
      ? PLACEHOLDER[spec.kind]
      : `<${spec.values.join('|')}>`;
  const shown = spec.default === '' ? '' : ` (default ${spec.default})`;
  const option = new Option(`${flagOf(key)} ${placeholder}`, `${spec.doc}${shown}`);
  // `--no-cross-namespace-refs` is Flagger's name of the option, not the negation of another.
  option.negate = false;
  return option;
}

/** Declares the flags of Flagger that are no options, without listing them in the help. */
export function addFlaggerFlags(command: Command): Command {
  for (const [key, flag] of Object.entries(FLAGGER_FLAGS)) {
    const isSwitch = key === 'zapReplaceGlobals';
    const placeholder = isSwitch ? PLACEHOLDER.boolean : PLACEHOLDER.string;
    const doc = 'alias' in flag ? `another name of ${flagOf(flag.alias)}` : "one of Flagger's";
    command.addOption(new Option(`${flagOf(key)} ${placeholder}`, doc).hideHelp());
  }
  return command;
}
