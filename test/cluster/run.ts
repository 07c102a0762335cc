/**
 * `npm run test:cluster -- [suite…]`: the behaviours of the sandbox on a real control plane. Everything runs in
 * namespaces of its own (network, mounts, processes), so fixed addresses never collide and nothing is left behind.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideBinaries, type Binaries } from './binaries.ts';
import { buildImage } from './image.ts';

const SUITES = ['story'];
const SOURCE_MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const INSIDE = new URL('./inside.ts', import.meta.url).pathname;
const HELP = `Usage: npm run test:cluster -- [options] [suite…]

Suites: ${SUITES.join(', ')} (default: all)

Options:
  --keep     keep the folder with the logs
  --source   run Sluice from the checkout's sources instead of from the built image
  --help     print this text

Needs Linux, root, go, openssl, ip, kubectl, pip and Debian's prometheus. The control plane is built once into
$SLUICE_CACHE (default ~/.cache/sluice).
`;

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  if (args.includes('--help')) {
    console.log(HELP);
    return 0;
  }
  const suites = args.filter((arg) => !arg.startsWith('--'));
  const unknown = suites.filter((suite) => !SUITES.includes(suite));
  if (unknown.length > 0) {
    console.error(`error: unknown suite ${unknown.join(', ')}; known: ${SUITES.join(', ')}`);
    return 2;
  }
  try {
    const binaries = provideBinaries((line) => {
      console.log(line);
    });
    return runInside(binaries, suites.length > 0 ? suites : SUITES, {
      keep: args.includes('--keep'),
      source: args.includes('--source'),
    });
  } catch (error) {
    return unavailable(error);
  }
}

/** Outside CI a machine that cannot run the suite is told so; in CI that is a failure. */
function unavailable(error: unknown): number {
  console.error(`cluster suite not run: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['CI'] !== undefined) {
    console.log('0 passed, 1 failed');
    return 1;
  }
  console.log('0 passed, 0 failed, 1 skipped');
  return 0;
}

interface RunOptions {
  readonly keep: boolean;
  readonly source: boolean;
}

function runInside(binaries: Binaries, suites: readonly string[], options: RunOptions): number {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cluster-'));
  try {
    // Pods run as another user, who must be able to read the programs in here.
    chmodSync(folder, 0o755);
    const main = options.source ? SOURCE_MAIN : buildImage(folder);
    const input = JSON.stringify({ binaries, suites, folder, main });
    const isolate = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const script = 'mount -t tmpfs tmpfs /run && exec "$0" "$@"';
    const command = ['sh', '-c', script, process.execPath, INSIDE, input];
    const result = spawnSync('unshare', [...isolate, ...command], { stdio: 'inherit' });
    if (result.error !== undefined) throw result.error;
    return result.status ?? 1;
  } finally {
    if (options.keep) console.log(`logs: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}
