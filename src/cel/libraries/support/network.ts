import { CelRuntimeError } from '../../library.ts';
import { opaque } from '../../types.ts';
import { CelOpaque, type CelValue } from '../../values.ts';
import { noSuchOverload } from './arguments.ts';
import {
  formatAddress,
  groupAt,
  isIpv4Mapped,
  parseAddress,
  type IpAddress,
} from './ip-address.ts';

export const IP = opaque('net.IP');
export const CIDR = opaque('net.CIDR');

/** `net.IP`: an IPv4 or IPv6 address without a zone. */
export class Ip extends CelOpaque {
  override readonly typeName = 'net.IP';
  override readonly costSize: number;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
    this.costSize = bytes.length;
  }

  override equals(other: CelValue): boolean {
    if (!(other instanceof Ip)) throw noSuchOverload();
    return sameBytes(this.bytes, other.bytes);
  }

  override display(): string {
    return formatAddress({ bytes: this.bytes, zone: '' });
  }

  get family(): 4 | 6 {
    return this.bytes.length === 4 ? 4 : 6;
  }

  get isUnspecified(): boolean {
    return this.bytes.every((byte) => byte === 0);
  }

  get isLoopback(): boolean {
    if (this.family === 4) return this.bytes[0] === 127;
    return this.bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
  }

  get isLinkLocalUnicast(): boolean {
    if (this.family === 4) return this.bytes[0] === 169 && this.bytes[1] === 254;
    return (groupAt(this.bytes, 0) & 0xffc0) === 0xfe80;
  }

  get isLinkLocalMulticast(): boolean {
    if (this.family === 4) {
      return this.bytes[0] === 224 && this.bytes[1] === 0 && this.bytes[2] === 0;
    }
    return (groupAt(this.bytes, 0) & 0xff0f) === 0xff02;
  }

  get isGlobalUnicast(): boolean {
    const isBroadcast = this.family === 4 && this.bytes.every((byte) => byte === 255);
    return !(
      isBroadcast ||
      this.isUnspecified ||
      this.isLoopback ||
      this.#isMulticast ||
      this.isLinkLocalUnicast
    );
  }

  get #isMulticast(): boolean {
    const first = this.bytes[0] ?? 0;
    return this.family === 4 ? (first & 0xf0) === 0xe0 : first === 0xff;
  }
}

/** `net.CIDR`: an address and how many of its leading bits count. The other bits need not be zero. */
export class Cidr extends CelOpaque {
  override readonly typeName = 'net.CIDR';
  override readonly costSize: number;
  readonly ip: Ip;
  readonly bits: number;

  constructor(ip: Ip, bits: number) {
    super();
    this.ip = ip;
    this.bits = bits;
    this.costSize = Math.ceil(bits / 8);
  }

  override equals(other: CelValue): boolean {
    if (!(other instanceof Cidr)) throw noSuchOverload();
    return this.bits === other.bits && this.ip.equals(other.ip);
  }

  override display(): string {
    return `${this.ip.display()}/${this.bits}`;
  }

  get masked(): Cidr {
    return new Cidr(new Ip(maskBytes(this.ip.bytes, this.bits)), this.bits);
  }

  containsIp(ip: Ip): boolean {
    return (
      ip.family === this.ip.family &&
      sameBytes(maskBytes(ip.bytes, this.bits), maskBytes(this.ip.bytes, this.bits))
    );
  }

  containsCidr(other: Cidr): boolean {
    return this.bits <= other.bits && this.containsIp(other.ip);
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

function maskBytes(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    return byte & (0xff << (8 - kept));
  });
}

/**
 * @throws CelRuntimeError `conversion` when it looks like no address at all, else `other`: not an address, with a zone, or
 *   an IPv4 address written as an IPv6 one
 */
export function parseIp(text: string): Ip {
  const address = parseAddress(text);
  if (address.zone !== '') {
    throw new CelRuntimeError('other', 'IP address with zone value is not allowed');
  }
  return new Ip(unmapped(address));
}

function unmapped(address: IpAddress): Uint8Array {
  if (isIpv4Mapped(address)) {
    throw new CelRuntimeError('other', 'IPv4-mapped IPv6 address is not allowed');
  }
  return address.bytes;
}

/** @throws CelRuntimeError as {@link parseIp}; `overflow` for a prefix that is too long */
export function parseCidr(text: string): Cidr {
  const slash = text.lastIndexOf('/');
  if (slash < 0) throw badCidr('other', "no '/'");
  const address = parseAddress(text.slice(0, slash));
  if (address.zone !== '') throw badCidr('other', 'zones cannot be present in a prefix');
  const digits = text.slice(slash + 1);
  if (!/^(?:\d|[1-9]\d+)$/.test(digits)) throw badCidr('other', 'bad bits after slash');
  const bits = Number(digits);
  if (bits > Number.MAX_SAFE_INTEGER) throw badCidr('other', 'bad bits after slash');
  if (bits < 0 || bits > address.bytes.length * 8) {
    throw badCidr('overflow', 'prefix length out of range');
  }
  return new Cidr(new Ip(unmapped(address)), bits);
}

function badCidr(errorClass: 'other' | 'overflow', problem: string): CelRuntimeError {
  const context = 'network address parse error during conversion from string';
  return new CelRuntimeError(errorClass, `${context}: ${problem}`);
}
