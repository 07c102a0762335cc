import { CelRuntimeError } from '../../library.ts';

/** An IP address: 4 or 16 bytes, and the zone of an IPv6 address ('' without). */
export interface IpAddress {
  readonly bytes: Uint8Array;
  readonly zone: string;
}

/**
 * Reads an address as Go's `netip.ParseAddr` does: no leading zeros, IPv4 inside IPv6 only at the end, zones after `%`.
 * @throws CelRuntimeError `conversion` when it looks like no address at all, else `other`
 */
export function parseAddress(text: string): IpAddress {
  const mark = /[.:%]/.exec(text)?.[0];
  if (mark === '.') return { bytes: parseIpv4(text), zone: '' };
  if (mark === ':') return parseIpv6(text);
  throw new CelRuntimeError(
    mark === undefined ? 'conversion' : 'other',
    'IP Address parse error during conversion from string: unable to parse IP',
  );
}

function badAddress(): CelRuntimeError {
  return new CelRuntimeError('other', 'IP Address parse error during conversion from string');
}

function parseIpv4(text: string): Uint8Array {
  const fields = text.split('.');
  if (fields.length !== 4) throw badAddress();
  return Uint8Array.from(fields, (field) => {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(field) || Number(field) > 255) throw badAddress();
    return Number(field);
  });
}

function parseIpv6(text: string): IpAddress {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent + 1);
  if (percent >= 0 && zone === '') throw badAddress();
  const address = percent < 0 ? text : text.slice(0, percent);
  const halves = address.split('::');
  if (halves.length > 2) throw badAddress();
  const [head = '', tail] = halves;
  const before = parseGroups(head, tail === undefined);
  if (tail === undefined) {
    if (before.length !== 16) throw badAddress();
    return { bytes: Uint8Array.from(before), zone };
  }
  const after = parseGroups(tail, true);
  const missing = 16 - before.length - after.length;
  if (missing < 2) throw badAddress();
  return { bytes: Uint8Array.from([...before, ...zeros(missing), ...after]), zone };
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.flatMap((group, i) => {
    const isLast = i === groups.length - 1;
    if (isLast && mayEndInIpv4 && group.includes('.')) return [...parseIpv4(group)];
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) throw badAddress();
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The canonical text: dotted for IPv4; for IPv6 lower case, the longest run of zero groups as `::`. */
export function formatAddress({ bytes, zone }: IpAddress): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_group, i) => groupAt(bytes, i));
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(':');
  const text =
    run === undefined
      ? hex(groups)
      : `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.end))}`;
  return zone === '' ? text : `${text}%${zone}`;
}

/** The 16-bit group of an IPv6 address. */
export function groupAt(bytes: Uint8Array, index: number): number {
  return ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0);
}

function longestZeroRun(groups: readonly number[]): { start: number; end: number } | undefined {
  let longest: { start: number; end: number } | undefined;
  let start = 0;
  for (let i = 0; i <= groups.length; i += 1) {
    if (groups[i] === 0) continue;
    const length = i - start;
    if (length >= 2 && length > (longest === undefined ? 0 : longest.end - longest.start)) {
      longest = { start, end: i };
    }
    start = i + 1;
  }
  return longest;
}

/** Whether an IPv6 address stands for an IPv4 one (`::ffff:1.2.3.4`). */
export function isIpv4Mapped({ bytes }: IpAddress): boolean {
  if (bytes.length !== 16) return false;
  return bytes.subarray(0, 10).every((byte) => byte === 0) && groupAt(bytes, 5) === 0xffff;
}
