import { isIP } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { CallTarget } from './address-rules.ts';

/** All addresses of a host name; rejects when it has none. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Tells whether a target is one of the API servers, under whichever name it is called. */
export type IsApiServer = (target: CallTarget) => Promise<boolean>;

const REMEMBERED_MS = 60_000;

/**
 * @param servers base URLs of the API server
 * @param resolve finds the addresses of those given by name; what it finds counts for a minute
 * @throws SluiceError SLUICE_CONFIG when one is not a URL
 */
export function createApiServerAddresses(
  servers: readonly string[],
  resolve: Resolve,
  clock: Clock,
): IsApiServer {
  const places = servers.map(placeOf);
  const known = new Map<string, { addresses: readonly string[]; at: number }>();

  async function addressesOf(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const entry = known.get(host);
    if (entry !== undefined && clock.monotonic() - entry.at < REMEMBERED_MS) return entry.addresses;
    try {
      const addresses = (await resolve(host)).map(({ address }) => address);
      known.set(host, { addresses, at: clock.monotonic() });
      return addresses;
    } catch {
      // A name that does not resolve now is still compared as a name; what it was before still counts.
      return entry?.addresses ?? [];
    }
  }

  return async (target) => {
    for (const place of places) {
      if (place.port !== target.port) continue;
      if (place.host === target.host) return true;
      if ((await addressesOf(place.host)).includes(target.address)) return true;
    }
    return false;
  };
}

function placeOf(server: string): { host: string; port: number } {
  const url = URL.parse(server);
  if (url === null) throw new SluiceError('SLUICE_CONFIG', `not a URL: ${server}`);
  return { host: hostOf(url), port: portOf(url) };
}

/** Host of a URL without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Port of an http or https URL. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
