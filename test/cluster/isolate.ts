import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideBinaries } from './binaries.ts';
import { buildImage } from './image.ts';
import type { ClusterInput } from './start-cluster.ts';

const SOURCE_MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

export interface IsolatedOptions {
  /** Keep the folder with the logs. */
  readonly keep: boolean;
  /** Run Sluice from the checkout's sources instead of from the built image. */
  readonly source: boolean;
  /** Whether helm is needed, too. */
  readonly helm?: boolean;
  /** Whether the real Flagger is needed, too. */
  readonly flagger?: boolean;
  /** Whether Contour with Envoy is needed, too. */
  readonly contour?: boolean;
}

/**
 * Runs a script in namespaces of its own (network, mounts, processes), so that fixed addresses never collide
 * and nothing is left behind. The script gets the input and a {@link ClusterInput} as one JSON argument.
 * @returns its exit code; outside CI a machine that cannot run it is told so, in CI that is a failure
 */
export function runIsolated(
  script: string,
  input: Readonly<Record<string, unknown>>,
  options: IsolatedOptions,
): number {
  try {
    return runInside(script, input, options);
  } catch (error) {
    console.error(
      `cluster suite not run: ${error instanceof Error ? error.message : String(error)}`,
    );
    if (process.env['CI'] !== undefined) {
      console.log('0 passed, 1 failed');
      return 1;
    }
    console.log('0 passed, 0 failed, 1 skipped');
    return 0;
  }
}

function runInside(
  script: string,
  input: Readonly<Record<string, unknown>>,
  options: IsolatedOptions,
): number {
  const say = (line: string): void => {
    console.log(line);
  };
  const binaries = provideBinaries(say, {
    helm: options.helm === true,
    flagger: options.flagger === true,
    contour: options.contour === true,
  });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cluster-'));
  try {
    // Pods run as another user, who must be able to read the programs in here.
    chmodSync(folder, 0o755);
    const main = options.source ? SOURCE_MAIN : buildImage(folder);
    const given: ClusterInput = { binaries, folder, main };
    const isolate = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const shell = 'mount -t tmpfs tmpfs /run && exec "$0" "$@"';
    const argument = JSON.stringify({ ...input, ...given });
    const command = ['sh', '-c', shell, process.execPath, script, argument];
    const result = spawnSync('unshare', [...isolate, ...command], { stdio: 'inherit' });
    if (result.error !== undefined) throw result.error;
    return result.status ?? 1;
  } finally {
    if (options.keep) console.log(`logs: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}
