import { isIP } from 'node:net';
import { SluiceError } from '../../domain/errors.ts';
import { addressSet, embeddedIpv4, specialAddress, type AddressSet } from './ip-address.ts';

/**
 * Which addresses outbound calls may reach. An entry of a list is a host (`hooks.example.com`, `*.example.com` for all
 * names below it), an address (`10.0.0.1`, `::1`) or a range (`10.0.0.0/8`); host and address may carry a port
 * (`example.com:8080`, `[::1]:8080`) and then mean only that.
 */
export interface OutboundRules {
  /** May be called although they are loopback, link-local or the API server; a range does not open the API server. */
  readonly allow?: readonly string[];
  /** The same for addresses that the process itself is configured with; none of them opens the API server. */
  readonly configured?: readonly string[];
  /** May not be called, whatever the lists before say. */
  readonly deny?: readonly string[];
  /** Only what `allow` and `configured` name may be called. */
  readonly restrict?: boolean;
}

/** A place that a call would connect to. */
export interface CallTarget {
  /** Host of the URL, without brackets. */
  readonly host: string;
  readonly port: number;
  /** The resolved address. */
  readonly address: string;
}

export interface AddressRules {
  /**
   * Why the target may not be called; undefined when it may.
   * @param isApiServer whether address and port are those of the API server
   */
  refusal(target: CallTarget, isApiServer: boolean): string | undefined;
}

/** @throws SluiceError SLUICE_CONFIG for an entry that is no host, address or range */
export function compileAddressRules(rules: OutboundRules): AddressRules {
  const allow = (rules.allow ?? []).map(parseEntry);
  const configured = (rules.configured ?? []).map(parseEntry);
  const deny = (rules.deny ?? []).map(parseEntry);
  return {
    refusal: (target, isApiServer) => {
      if (deny.some((entry) => matches(entry, target))) return 'denied by configuration';
      const allowing = allow.filter((entry) => matches(entry, target));
      if (allowing.some((entry) => !isApiServer || !entry.isRange)) return undefined;
      if (isApiServer) return 'the address of the API server';
      if (configured.some((entry) => matches(entry, target))) return undefined;
      if (rules.restrict === true) return 'not among the allowed ones';
      const special = specialAddress(target.address);
      return special === undefined ? undefined : `a ${special} address`;
    },
  };
}

interface Entry {
  readonly isRange: boolean;
  /** Exactly one of these three is set. */
  readonly addresses?: AddressSet;
  readonly host?: string;
  readonly suffix?: string;
  /** Any when absent. */
  readonly port?: number;
}

function matches(entry: Entry, { host, port, address }: CallTarget): boolean {
  if (entry.port !== undefined && entry.port !== port) return false;
  if (entry.addresses !== undefined) {
    const embedded = embeddedIpv4(address);
    return (
      entry.addresses.has(address) || (embedded !== undefined && entry.addresses.has(embedded))
    );
  }
  const name = host.toLowerCase().replace(/\.$/, '');
  return entry.host === undefined ? name.endsWith(entry.suffix ?? '?') : name === entry.host;
}

const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?\.?$/;

function parseEntry(text: string): Entry {
  const { place, port } = splitPort(text.trim().toLowerCase());
  const withPort = port === undefined ? {} : { port };
  const addresses = addressSet([place]);
  const isRange = place.includes('/');
  if (addresses !== undefined && !(isRange && port !== undefined)) {
    return { isRange, addresses, ...withPort };
  }
  if (!HOST.test(place) || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new SluiceError(
      'SLUICE_CONFIG',
      `outbound rule "${text}" is not a host, an address or a range`,
    );
  }
  const name = place.replace(/\.$/, '');
  return name.startsWith('*.')
    ? { isRange: false, suffix: name.slice(1), ...withPort }
    : { isRange: false, host: name, ...withPort };
}

function splitPort(text: string): { place: string; port?: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  const plain = isIP(text) === 0 ? /^([^:]+):(\d{1,5})$/.exec(text) : null;
  const [, place = text, port] = bracketed ?? plain ?? [];
  return port === undefined ? { place } : { place, port: Number(port) };
}
