import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, closeSync } from 'node:fs';
import { join } from 'node:path';

/** Programs beside the cluster, each with a log file; all of them end with the suite. */
export class Processes {
  readonly #children = new Map<string, ChildProcess>();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Starts a program; `environment` is all it gets, for a stray variable has misled each of these before. */
  start(name: string, command: string, args: readonly string[], cwd?: string): void {
    const log = openSync(this.logOf(name), 'a');
    const child = spawn(command, args, {
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'], HOME: this.#folder },
      ...(cwd === undefined ? {} : { cwd }),
    });
    closeSync(log);
    this.#children.set(name, child);
  }

  logOf(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  /** @throws Error with the end of the program's log when it has ended */
  assertAlive(name: string): void {
    const child = this.#children.get(name);
    if (child === undefined || child.exitCode !== null) {
      const tail = readFileSync(this.logOf(name), 'utf8').split('\n').slice(-12).join('\n');
      throw new Error(`${name} has ended:\n${tail}`);
    }
  }

  /** @returns true once the program has ended well; throws when it has ended otherwise */
  ended(name: string): true | undefined {
    const code = this.#children.get(name)?.exitCode ?? null;
    if (code === null) return undefined;
    if (code !== 0) this.assertAlive(name);
    return true;
  }

  /** Ends one program at once, as a crash would. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#children.get(name);
    // One that a signal ended has no exit code.
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#children.keys()].reverse().map((name) => this.kill(name)));
  }
}
