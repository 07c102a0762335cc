import { execFile } from 'node:child_process';

/**
 * Addresses on the bridge of the suite's own network namespace. The metric server and the gateway have their own, because
 * Sluice refuses outbound calls to the API server's address.
 */
export const ADDRESSES = {
  apiServer: '10.244.0.1',
  prometheus: '10.244.0.2',
  gateway: '10.244.0.3',
  hooks: '10.244.0.4',
} as const;

export const POD_CIDR = '10.244.0.0/24';
const BRIDGE = 'pods';
const FIRST_POD = 10;
const LAST_POD = 254;

/** Runs one batch of `ip` commands, in the network namespace of a pod when one is named. */
export function ip(lines: readonly string[], namespace?: string): Promise<void> {
  const args = namespace === undefined ? ['-batch', '-'] : ['-n', namespace, '-batch', '-'];
  return new Promise((resolve, reject) => {
    const child = execFile('ip', args, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`ip: ${stderr}`));
    });
    child.stdin?.end(`${lines.join('\n')}\n`);
  });
}

/** Without an address of its own a bridge takes one of its ports', and every pod that comes or goes would change it. */
const BRIDGE_MAC = '0a:58:0a:f4:00:01';

/** Loopback up and the bridge with its addresses. */
export async function createBridge(): Promise<void> {
  await ip([
    'link set lo up',
    `link add ${BRIDGE} address ${BRIDGE_MAC} type bridge`,
    ...Object.values(ADDRESSES).map((address) => `addr add ${address}/24 dev ${BRIDGE}`),
    `link set ${BRIDGE} up`,
  ]);
}

/** Takes the bridge away, for the next cluster in the same network namespace. */
export async function removeBridge(): Promise<void> {
  await ip([`link del ${BRIDGE}`]);
}

/** Hands out pod addresses round robin, so that a new pod does not get the connections meant for a dead one. */
export class PodAddresses {
  readonly #used = new Set<number>();
  #last = FIRST_POD - 1;

  take(): string {
    for (let tries = FIRST_POD; tries <= LAST_POD; tries++) {
      this.#last = this.#last >= LAST_POD ? FIRST_POD : this.#last + 1;
      if (!this.#used.has(this.#last)) {
        this.#used.add(this.#last);
        return `10.244.0.${this.#last}`;
      }
    }
    throw new Error('no pod address is left');
  }

  release(address: string): void {
    this.#used.delete(Number(address.split('.')[3]));
  }
}

/** A network namespace with one interface on the bridge. The MAC follows from the address, so no neighbour entry is stale. */
export async function createPodNetwork(
  namespace: string,
  device: string,
  address: string,
): Promise<void> {
  const mac = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  await ip([
    `netns add ${namespace}`,
    `link add ${device} type veth peer name eth0 netns ${namespace}`,
    `link set ${device} master ${BRIDGE} up`,
  ]);
  await ip(
    [
      `link set eth0 address 0a:58:${mac.join(':')}`,
      `addr add ${address}/24 dev eth0`,
      'link set eth0 up',
      'link set lo up',
      `route add default via ${ADDRESSES.apiServer}`,
    ],
    namespace,
  );
}

export async function removePodNetwork(namespace: string): Promise<void> {
  await ip([`netns del ${namespace}`]);
}
