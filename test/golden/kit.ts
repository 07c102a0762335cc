import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Binaries } from '../cluster/binaries.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { ip } from '../cluster/network.ts';

/** The kit's own addresses, which the recorded files hold. */
export const STUB_URL = 'http://127.0.0.1:19091';
export const METRICS_URL = 'http://127.0.0.1:19090';

/** Which scenarios are played, how many at a time, and into which folder it is written what happened. */
export interface PlayOptions {
  readonly names: readonly string[];
  /** A module whose default export is a list of scenarios. */
  readonly file: string;
  readonly jobs: number;
  readonly out: string;
}

/** The kit with which Flagger was recorded, in place. */
export interface Kit {
  /** Starts one of its pieces, and resolves when it answers. */
  start(piece: 'podd' | 'stub' | 'traefik' | 'prometheus'): Promise<void>;
  /** Plays scenarios against whatever controller runs, and writes what it did; says when each has ended. */
  play(options: PlayOptions): Promise<void>;
}

const ADDRESS = '10.244.0.1';
const BRIDGE = 'podd0';
/** What the kit's pod runner hands out, from .2 on. */
const PODS = '10.244.0.0/24';
export const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'lab', labels: { 'kubernetes.io/hostname': 'lab' } },
  spec: { podCIDR: PODS, podCIDRs: [PODS] },
};

/** The bridge of the pods, with the address of the API server and nothing else. */
export async function createPodBridge(): Promise<void> {
  await ip([
    'link set lo up',
    `link add ${BRIDGE} type bridge`,
    `addr add ${ADDRESS}/24 dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
  ]);
}

/**
 * @param folder of the kit's scripts
 * @param data folder with `kubeconfig` and `pki`, where the kit writes its logs
 */
export function openKit(
  folder: string,
  data: string,
  { cluster, binaries }: { cluster: ControlPlane; binaries: Binaries },
): Kit {
  for (const name of ['log', 'pid']) mkdirSync(join(data, name), { recursive: true });
  const path = [dirname(process.execPath), dirname(binaries.kubectl), process.env['PATH'] ?? ''];
  const env = {
    PATH: path.join(delimiter),
    HOME: data,
    KUBECONFIG: cluster.kubeconfig,
    TRAEFIK: binaries.traefik,
    PROMETHEUS: binaries.prometheus,
  };
  return {
    start: (piece) => run('bash', [join(folder, 'start.sh'), data, piece], env),
    play: ({ names, file, out, jobs }) => {
      const options = ['--scenarios', file, '--only', names.join(','), '--jobs', `${jobs}`];
      const args = [join(folder, 'golden.mjs'), '--out', out, ...options];
      // A scenario that did not end as it should is told of in its outputs, too.
      return run(process.execPath, args, env, [0, 1]);
    },
  };
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  codes: readonly number[] = [0],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
    createInterface({ input: child.stdout }).on('line', (line) => {
      console.log(`      ${line}`);
    });
    child.once('error', reject);
    // Not `close`: what start.sh leaves running keeps its output open.
    child.once('exit', (code) => {
      if (code !== null && codes.includes(code)) resolve();
      else reject(new Error(`${args.join(' ')} ended with ${String(code)}`));
    });
  });
}
