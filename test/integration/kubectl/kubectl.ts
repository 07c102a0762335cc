import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A kubectl on the PATH, or the one that the cluster suite builds; undefined when there is none. */
export function findKubectl(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [...folders, join(homedir(), '.cache', 'sluice', 'bin')]
    .map((folder) => join(folder, 'kubectl'))
    .find((file) => existsSync(file));
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl against one server, with a kubeconfig and a cache of its own. */
export class Kubectl {
  readonly #program: string;
  readonly #folder: string;
  /** Variables of every later command. */
  readonly environment: Record<string, string> = {};
  #files = 0;

  private constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  static async connect(program: string, url: string): Promise<Kubectl> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-kubectl-'));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 's', cluster: { server: url } }],
      users: [{ name: 's', user: {} }],
      contexts: [{ name: 's', context: { cluster: 's', user: 's' } }],
      'current-context': 's',
    };
    await writeFile(join(folder, 'config'), JSON.stringify(config));
    return new Kubectl(program, folder);
  }

  run(...args: string[]): Promise<Output> {
    return new Promise((resolve) => {
      execFile(this.#program, args, this.#options(), (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Starts a command that goes on; its standard output is collected into `lines`. */
  start(...args: string[]): { child: ChildProcess; text: () => string } {
    const child = spawn(this.#program, args, this.#options());
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    return { child, text: () => text };
  }

  /** Writes objects to a file that `-f` takes. */
  async file(...objects: object[]): Promise<string> {
    this.#files += 1;
    const path = join(this.#folder, `objects-${this.#files}.json`);
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    await writeFile(path, JSON.stringify(objects.length === 1 ? objects[0] : list));
    return path;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #options() {
    return {
      timeout: 30_000,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.#folder,
        KUBECONFIG: join(this.#folder, 'config'),
        KUBECACHEDIR: join(this.#folder, 'cache'),
        ...this.environment,
      },
    };
  }
}
