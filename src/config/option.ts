/** How an option's text is read. Durations are Go's (`90s`, `1m30s`) and become milliseconds. */
type OptionKind = 'string' | 'url' | 'integer' | 'boolean' | 'duration' | 'list' | 'enum';

type ConfigRole = 'webhook' | 'controller' | 'gates';

/** One setting: flag `--<kebab>`, environment `SLUICE_<SNAKE>`, file key `<camel>`. */
export interface OptionSpec {
  readonly kind: OptionKind;
  /** The default, written as it would stand on the command line. */
  readonly default: string;
  /** Which roles read it; empty: every role. */
  readonly roles: readonly ConfigRole[];
  /** One sentence for `--help` and the reference page. */
  readonly doc: string;
  /** Whether `--print-config` leaves a value out. */
  readonly secret?: true;
  /** A variable of the environment under which Flagger has it; `SLUICE_…` counts before it. */
  readonly variable?: string;
  /** For `integer` and `duration` (milliseconds): inclusive bounds. */
  readonly min?: number;
  readonly max?: number;
  /** For `enum`, and for the members of a `list` when only these may stand in it. */
  readonly values?: readonly string[];
}

/** What a value of an option is once it has been read. */
export type ValueOf<S extends OptionSpec> = S['kind'] extends 'integer' | 'duration'
  ? number
  : S['kind'] extends 'boolean'
    ? boolean
    : S['kind'] extends 'list'
      ? readonly string[]
      : S extends { kind: 'enum'; values: readonly (infer V)[] }
        ? V
        : string;

/** `--min-interval` of `minInterval`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `SLUICE_MIN_INTERVAL` of `minInterval`. */
export function environmentNameOf(key: string): string {
  return `SLUICE_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
