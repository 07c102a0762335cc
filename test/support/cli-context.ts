import { Command } from 'commander';
import { PassThrough, Writable } from 'node:stream';
import type { CliCommand, CliContext, ExitCode } from '../../src/cli/command.ts';

/** Runs a command as main.ts does, with its output caught. */
export async function runCommand(
  command: CliCommand,
  ...argv: string[]
): Promise<{ code: ExitCode; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new Caught(), new Caught()];
  const stdin = new PassThrough();
  stdin.end();
  const context: CliContext = {
    stdin,
    stdout,
    stderr,
    signal: new AbortController().signal,
    interactive: false,
    cwd: process.cwd(),
  };
  const verb = new Command(command.name).exitOverride().allowExcessArguments();
  command.configure(verb);
  verb.parse(argv, { from: 'user' });
  const code = await command.run(verb.args, verb.opts(), context);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Caught extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
