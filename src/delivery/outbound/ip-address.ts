import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** A set of IP addresses and CIDR ranges. */
export interface AddressSet {
  /** @param address an IP address without brackets or zone */
  has(address: string): boolean;
}

/**
 * Why an address is never called unless that is allowed: it belongs to this machine, to its link, to no single host,
 * or to a cloud's metadata service.
 */
export type SpecialAddress = 'loopback' | 'link-local' | 'unspecified' | 'multicast' | 'metadata';

/**
 * The set of these addresses (`10.0.0.1`, `::1`) and ranges (`10.0.0.0/8`, `fd00::/8`).
 * @returns undefined when an entry is neither
 */
export function addressSet(entries: readonly string[]): AddressSet | undefined {
  const list = new BlockList();
  for (const entry of entries) if (!addEntry(list, entry)) return undefined;
  return {
    has: (address) => {
      return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
    },
  };
}

function addEntry(list: BlockList, entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (prefix === undefined) {
    list.addAddress(address, family);
    return true;
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (version === 6 ? 128 : 32)) return false;
  list.addSubnet(address, Number(prefix), family);
  return true;
}

// IANA's special-purpose registries (RFC 6890); the metadata services by their operators' documentation: AWS over
// IPv6, Alibaba, Azure's wire server. Those at 169.254.169.254 are link-local.
const SPECIAL: readonly (readonly [SpecialAddress, AddressSet | undefined])[] = [
  ['loopback', addressSet(['127.0.0.0/8', '::1'])],
  ['link-local', addressSet(['169.254.0.0/16', 'fe80::/10'])],
  ['unspecified', addressSet(['0.0.0.0/8', '::'])],
  ['multicast', addressSet(['224.0.0.0/4', '255.255.255.255', 'ff00::/8'])],
  ['metadata', addressSet(['fd00:ec2::254', '100.100.100.200', '168.63.129.16'])],
];

/** What makes the address special; also when it is an IPv6 address that stands for such an IPv4 address. */
export function specialAddress(address: string): SpecialAddress | undefined {
  const forms = [address, embeddedIpv4(address)].filter((form) => form !== undefined);
  return SPECIAL.find(([, set]) => forms.some((form) => set?.has(form)))?.[0];
}

/**
 * The IPv4 address that an IPv6 address carries and that packets reach in the end: mapped (RFC 4291), NAT64
 * (RFC 6052, well-known prefix), 6to4 (RFC 3056), IPv4-compatible (RFC 4291).
 */
export function embeddedIpv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = groupsOf(address);
  const start = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  const low = ipv4Of(groups[6] ?? 0, groups[7] ?? 0);
  if (start === '0:0:0:0:0:ffff' || start === '64:ff9b:0:0:0:0') return low;
  if (groups[0] === 0x2002) return ipv4Of(groups[1] ?? 0, groups[2] ?? 0);
  const isCompatible = start === '0:0:0:0:0:0' && (groups[6] ?? 0) !== 0;
  return isCompatible ? low : undefined;
}

/** The eight groups of an IPv6 address in any notation. */
function groupsOf(address: string): number[] {
  const plain = (address.split('%')[0] ?? '').replace(/\d+\.\d+\.\d+\.\d+$/, hexOfIpv4);
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

function hexOfIpv4(address: string): string {
  if (!isIPv4(address)) return '0:0';
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
