import type { OutboundClient } from '../domain/transport.ts';
import { SluiceError } from '../domain/errors.ts';
import type { SandboxNetwork } from './network.ts';

/**
 * Outbound calls that go over the sandbox's network and nowhere else: under a virtual clock the product reaches the
 * metric server by it.
 * @throws SluiceError SLUICE_PROVIDER from the client for an address outside the sandbox
 */
export function createSandboxOutbound(network: SandboxNetwork): OutboundClient {
  return async ({ method, url, headers = {}, body, maxBytes, signal }) => {
    const { host, port, pathname, search, protocol } = new URL(url);
    if (protocol !== 'http:') throw new SluiceError('SLUICE_PROVIDER', 'the sandbox has only http');
    const answer = await network.request(port === '' ? `${host}:80` : host, {
      method,
      path: `${pathname}${search}`,
      headers,
      ...(body === undefined ? {} : { body }),
      signal,
    });
    const truncated = answer.body.length > maxBytes;
    const kept = truncated ? answer.body.slice(0, maxBytes) : answer.body;
    return { status: answer.status, headers: answer.headers, body: kept, truncated };
  };
}
