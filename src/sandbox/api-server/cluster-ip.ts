import { at } from './json.ts';
import type { Store } from './store.ts';

/** The lowest address of 10.96.0.0/16, from 10.96.0.10 on, that no service has. */
export function allocateClusterIp(store: Store): string {
  const taken = new Set(store.list('/services').map((service) => at(service, 'spec', 'clusterIP')));
  for (let number = 10; number < 65_536; number++) {
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  return 'None';
}
