import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from './dockerfile.ts';

const START_LIMIT_MS = 20_000;

/** Whether this machine can make the mounts that {@link serveConfined} needs. */
export function canConfine(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/**
 * Starts what the image starts, `serve`, in a root that holds Node, its libraries, the image's files and nothing else:
 * no shell, no writable place, as the image's user and with no capability. It must answer its liveness probe, say that
 * it is not ready (there is no API server), and end in order at SIGTERM.
 * @returns what was seen, for people
 * @throws Error that says what did not hold
 */
export async function serveConfined(stage: Stage, scratch: string): Promise<string> {
  const root = join(scratch, 'root');
  mkdirSync(root);
  const port = await freePort();
  const kubeconfig = join(scratch, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(NOWHERE));
  const child = start(stage, { root, port, kubeconfig });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  }
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(code ?? (signal === null ? -1 : -2));
    });
  });
  try {
    const live = await answer(`http://127.0.0.1:${port}/livez`, child);
    const ready = await answer(`http://127.0.0.1:${port}/readyz`, child);
    expect(live === 200 && ready === 503, `livez answered ${live}, readyz ${ready}`);
    const seen = assertConfined(Number(child.pid), stage.user);
    child.kill('SIGTERM');
    const code = await ended;
    expect(code === 0, `it ended with ${code} at SIGTERM`);
    return seen;
  } catch (error) {
    throw new Error(`serve does not run confined:\n${output.join('')}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** A cluster at which nobody listens. */
const NOWHERE = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'none', user: { token: 'none' } }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
};

/** Runs as root in a mount namespace of its own; `chroot` gives up root before the program starts. */
const SCRIPT = `
root=$1 app=$2 workdir=$3 kubeconfig=$4 node=$5 user=$6; shift 6
mount -t tmpfs -o mode=755 tmpfs "$root"
place() { mkdir -p "$root$(dirname "$2")"; touch "$root$2"; mount --bind "$1" "$root$2"; mount -o remount,bind,ro "$root$2"; }
for library in $(ldd "$node" | grep -o '/[^ ]*'); do place "$library" "$library"; done
place "$node" /usr/local/bin/node
place "$kubeconfig" /kubeconfig
for device in null urandom; do place /dev/$device /dev/$device; done
mkdir -p "$root$workdir"; mount --bind "$app" "$root$workdir"; mount -o remount,bind,ro "$root$workdir"
mount -o remount,ro "$root"
exec chroot --userspec="$user" "$root" /usr/local/bin/node "$@"
`;

function start(
  stage: Stage,
  { root, port, kubeconfig }: { root: string; port: number; kubeconfig: string },
): ChildProcess {
  const [program, ...entry] = stage.entrypoint;
  expect(program === 'node', `the entrypoint is ${String(program)}, not node`);
  const args = [
    // The working directory is `/` after chroot: the program is named by its whole path.
    ...entry.map((word) => (word.startsWith('-') ? word : join(stage.workdir, word))),
    ...stage.command,
    `--kubeconfig=/kubeconfig`,
    `--http-port=${port}`,
    '--bind-address=127.0.0.1',
    '--webhook-port=0',
    '--drain-delay=0s',
  ];
  const app = join(stage.root, stage.workdir);
  const fixed = [root, app, stage.workdir, kubeconfig, process.execPath, stage.user];
  return spawn('unshare', ['--mount', 'sh', '-ec', SCRIPT, 'sh', ...fixed, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...stage.environment },
  });
}

/** What the kernel says of the running process. */
function assertConfined(pid: number, user: string): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  const [uid = ''] = field('Uid').split(/\s+/);
  const [gid = ''] = field('Gid').split(/\s+/);
  expect(`${uid}:${gid}` === user, `it runs as ${uid}:${gid}, not as ${user}`);
  expect(/^0+$/.test(field('CapEff')), `it has capabilities: ${field('CapEff')}`);
  const writable = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , , , place = '', options = '']) => place !== '' && !options.startsWith('ro'))
    .map(([, , , , place]) => place);
  expect(writable.length === 0, `it can write below ${writable.join(', ')}`);
  return `uid ${uid}, no capability, read-only root, no shell`;
}

async function answer(url: string, child: ChildProcess): Promise<number> {
  const until = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      if (child.exitCode !== null) throw new Error('it has ended', { cause: error });
      if (performance.now() > until) throw error;
      await delay(50);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
