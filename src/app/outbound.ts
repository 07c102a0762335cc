import type { Config } from '../config/options.ts';
import { portOf } from '../delivery/outbound/api-server-addresses.ts';
import { createOutboundClient } from '../delivery/outbound/outbound-client.ts';
import type { Clock } from '../domain/clock.ts';
import type { OutboundClient } from '../domain/transport.ts';

/**
 * Outbound calls under the address rules of the configuration. Addresses that the operator configured may be called
 * although they are loopback or link-local: whoever starts the process chose them, every Canary without an address of
 * its own calls them anyway, and manifests written for Flagger repeat them in `metricsServer` and in hooks. Only host
 * and port together open one; `--deny-outbound` and the ban on the API server still hold.
 * @param server base URL of the API server, which hooks may not call
 * @throws SluiceError SLUICE_CONFIG for rules that are not valid
 */
export function outboundClient(
  config: Config,
  clock: Clock,
  server: string | undefined,
): OutboundClient {
  return createOutboundClient({
    clock,
    allow: config.allowOutbound,
    configured: configuredAddresses(config),
    deny: config.denyOutbound,
    restrict: config.restrictOutbound,
    ...(server === undefined ? {} : { apiServers: [server] }),
  });
}

/** `host:port` of what the configuration itself names. */
function configuredAddresses(config: Config): string[] {
  const { metricsServer, eventWebhook, slackUrl, slackProxyUrl, msteamsUrl, msteamsProxyUrl } =
    config;
  const chats = [slackUrl, slackProxyUrl, msteamsUrl, msteamsProxyUrl];
  return [metricsServer, eventWebhook, ...chats].flatMap((text) => {
    const url = text === '' ? null : URL.parse(text);
    return url === null ? [] : [`${url.hostname}:${portOf(url)}`];
  });
}
