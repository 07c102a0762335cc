import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from './cli/index.ts';
import type { CliContext, ExitCode } from './cli/command.ts';
import { SluiceError } from './domain/errors.ts';

// Stripping types and compiling is most of a start. Where the folder cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/sluice', import.meta.url)));

const packageFile = new URL('../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    abort.abort(new SluiceError('SLUICE_DEADLINE', `stopped by ${signal}`));
  });
}

// `sluice … | head` closes the pipe early: what runs is stopped, and nothing is said about it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  abort.abort(new SluiceError('SLUICE_DEADLINE', 'nobody reads the output any more'));
});

const INPUT_CODES: ReadonlySet<string> = new Set([
  'SLUICE_CONFIG',
  'SLUICE_INPUT',
  'SLUICE_UNKNOWN_NAME',
]);

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<ExitCode> {
  const context: CliContext = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: abort.signal,
    interactive: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    cwd: process.cwd(),
  };
  try {
    return await dispatch(argv, context);
  } catch (error) {
    return report(error, context);
  }
}

async function dispatch(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  const program = new Command('sluice')
    .description('Policy gates, progressive delivery and evidence for changes on Kubernetes')
    .version(version, '--version')
    .exitOverride()
    .showHelpAfterError('(add --help for usage)');
  let code: ExitCode = 0;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const verb = program.command(name).description(summary).exitOverride();
    if (argv[0] !== name && !(argv[0] === 'help' && argv[1] === name)) continue;
    const command = await load();
    command.configure(verb);
    verb.action(async () => {
      code = await command.run(verb.args, verb.opts(), context);
    });
  }
  const verb = argv[0];
  if (verb !== undefined && !verb.startsWith('-') && verb !== 'help' && !(verb in COMMANDS)) {
    const known = Object.keys(COMMANDS).join(', ');
    throw new SluiceError('SLUICE_UNKNOWN_NAME', `unknown command ${verb}; known: ${known}`);
  }
  await program.parseAsync(argv, { from: 'user' });
  return code;
}

function report(error: unknown, context: CliContext): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SluiceError) {
    context.stderr.write(`error: ${error.message}\n`);
    return INPUT_CODES.has(error.code) ? 2 : 3;
  }
  context.stderr.write(
    `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 3;
}
