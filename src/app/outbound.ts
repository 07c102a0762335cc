import type { Config } from '../config/options.ts';
import { createOutboundClient } from '../delivery/outbound/outbound-client.ts';
import type { Clock } from '../domain/clock.ts';
import type { OutboundClient } from '../domain/transport.ts';

/**
 * Outbound calls under the address rules of the configuration.
 * @param server base URL of the API server, which hooks may not call
 * @throws SluiceError SLUICE_CONFIG for rules that are not valid
 */
export function outboundClient(
  { allowOutbound, denyOutbound, restrictOutbound }: Config,
  clock: Clock,
  server: string | undefined,
): OutboundClient {
  return createOutboundClient({
    clock,
    allow: allowOutbound,
    deny: denyOutbound,
    restrict: restrictOutbound,
    ...(server === undefined ? {} : { apiServers: [server] }),
  });
}
