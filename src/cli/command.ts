import type { Command } from 'commander';

/** What a command may touch of the process around it. */
export interface CliContext {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Aborts on SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether to print colours and progress: a terminal, and `NO_COLOR` not set. */
  readonly interactive: boolean;
  readonly cwd: string;
}

/** 0 clean, 1 violations, 2 usage or input error, 3 internal. */
export type ExitCode = 0 | 1 | 2 | 3;

/** One verb of `sluice`; one file in this folder exports one as `command`. */
export interface CliCommand {
  readonly name: string;
  readonly summary: string;
  /** Declares arguments and options, and an example with `addHelpText('after', …)`. */
  configure(command: Command): void;
  /**
   * @param args positional arguments, @param options parsed options (commander's camelCase)
   * @throws SluiceError: printed as `error: message`; SLUICE_CONFIG, SLUICE_INPUT and SLUICE_UNKNOWN_NAME exit 2, others 3
   */
  run(
    args: readonly string[],
    options: Readonly<Record<string, unknown>>,
    context: CliContext,
  ): Promise<ExitCode>;
}
