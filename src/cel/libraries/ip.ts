import type { CelLibrary, FunctionDeclaration, Overload } from '../library.ts';
import { BOOL, INT, STRING, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { instanceAt, stringAt } from './support/arguments.ts';
import { traversal } from './support/cost.ts';
import { declare, global, member } from './support/declare.ts';
import { IP, Ip, parseIp } from './support/network.ts';
import { succeeds } from './support/succeeds.ts';

/** IP addresses, with Go's netip semantics. */
export const library: CelLibrary = {
  name: 'kubernetes.net.ip',
  since: '1.30',
  types: [IP],
  functions: [
    parsing('ip', { id: 'string_to_ip', result: IP, cost: traversal(0) }, parseIp),
    parsing('isIP', { id: 'is_ip', result: BOOL, cost: traversal(0) }, (text) =>
      succeeds(() => parseIp(text)),
    ),
    parsing(
      'ip.isCanonical',
      { id: 'ip_is_canonical', result: BOOL, cost: traversal(0, 2) },
      (text) => parseIp(text).display() === text,
    ),
    reading('family', 'ip_family', INT, (ip) => BigInt(ip.family)),
    reading('isUnspecified', 'ip_is_unspecified', BOOL, (ip) => ip.isUnspecified),
    reading('isLoopback', 'ip_is_loopback', BOOL, (ip) => ip.isLoopback),
    reading(
      'isLinkLocalMulticast',
      'ip_is_link_local_multicast',
      BOOL,
      (ip) => ip.isLinkLocalMulticast,
    ),
    reading('isLinkLocalUnicast', 'ip_is_link_local_unicast', BOOL, (ip) => ip.isLinkLocalUnicast),
    reading('isGlobalUnicast', 'ip_is_global_unicast', BOOL, (ip) => ip.isGlobalUnicast),
    declare(
      'string',
      global(
        'ip_to_string',
        { params: [IP], result: STRING },
        { call: (args) => instanceAt(Ip, args, 0).display() },
      ),
    ),
  ],
};

function parsing(
  name: string,
  { id, result, cost }: { id: string; result: CelType; cost: NonNullable<Overload['cost']> },
  parse: (text: string) => CelValue,
): FunctionDeclaration {
  const behaviour = { call: (args: readonly CelValue[]) => parse(stringAt(args, 0)), cost };
  return declare(name, global(id, { params: [STRING], result }, behaviour));
}

function reading(
  name: string,
  id: string,
  result: CelType,
  read: (ip: Ip) => CelValue,
): FunctionDeclaration {
  const call = (args: readonly CelValue[]): CelValue => read(instanceAt(Ip, args, 0));
  return declare(name, member(id, { params: [IP], result }, { call }));
}
