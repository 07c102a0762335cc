import { CelRuntimeError, type CelLibrary } from '../library.ts';
import { BOOL, INT, STRING } from '../types.ts';
import type { CelValue } from '../values.ts';
import { instanceAt, noSuchOverload, stringAt } from './support/arguments.ts';
import { sizeOf, traversal } from './support/cost.ts';
import { declare, global, member } from './support/declare.ts';
import { CIDR, Cidr, IP, Ip, parseCidr, parseIp } from './support/network.ts';
import { succeeds } from './support/succeeds.ts';

const comparisonCost = traversal(0, 2);
const parsingCost = traversal(1);

/** Address ranges, with Go's netip semantics. */
export const library: CelLibrary = {
  name: 'kubernetes.net.cidr',
  since: '1.30',
  types: [CIDR],
  functions: [
    declare(
      'cidr',
      global(
        'string_to_cidr',
        { params: [STRING], result: CIDR },
        { call: (args) => parseCidr(stringAt(args, 0)), cost: traversal(0) },
      ),
    ),
    declare(
      'isCIDR',
      global(
        'is_cidr',
        { params: [STRING], result: BOOL },
        { call: (args) => succeeds(() => parseCidr(stringAt(args, 0))), cost: traversal(0) },
      ),
    ),
    {
      openCost: comparisonCost,
      ...declare(
        'containsIP',
        member(
          'cidr_contains_ip_string',
          { params: [CIDR, STRING], result: BOOL },
          {
            call: (args) => receiver(args).containsIp(parseIpOrNone(stringAt(args, 1))),
            cost: (args) => comparisonCost(args, undefined) + parsingCost(args, undefined),
          },
        ),
        member(
          'cidr_contains_ip_ip',
          { params: [CIDR, IP], result: BOOL },
          {
            call: (args) => receiver(args).containsIp(instanceAt(Ip, args, 1)),
            cost: comparisonCost,
          },
        ),
      ),
    },
    {
      openCost: containmentCost,
      ...declare(
        'containsCIDR',
        member(
          'cidr_contains_cidr_string',
          { params: [CIDR, STRING], result: BOOL },
          {
            call: (args) => receiver(args).containsCidr(parseCidr(stringAt(args, 1))),
            cost: (args) => containmentCost(args) + parsingCost(args, undefined),
          },
        ),
        member(
          'cidr_contains_cidr',
          { params: [CIDR, CIDR], result: BOOL },
          {
            call: (args) => receiver(args).containsCidr(instanceAt(Cidr, args, 1)),
            cost: containmentCost,
          },
        ),
      ),
    },
    declare(
      'ip',
      member('cidr_ip', { params: [CIDR], result: IP }, { call: (args) => receiver(args).ip }),
    ),
    declare(
      'prefixLength',
      member(
        'cidr_prefix_length',
        { params: [CIDR], result: INT },
        { call: (args) => BigInt(receiver(args).bits) },
      ),
    ),
    declare(
      'masked',
      member(
        'cidr_masked',
        { params: [CIDR], result: CIDR },
        { call: (args) => receiver(args).masked },
      ),
    ),
    declare(
      'string',
      global(
        'cidr_to_string',
        { params: [CIDR], result: STRING },
        { call: (args) => receiver(args).display() },
      ),
    ),
  ],
};

function receiver(args: readonly CelValue[]): Cidr {
  return instanceAt(Cidr, args, 0);
}

/** The range is masked first, and its length compared. */
function containmentCost(args: readonly CelValue[]): number {
  return comparisonCost(args, undefined) + Math.ceil(sizeOf(args[0]) * 0.1) + 1;
}

/** Kubernetes answers a text that is no address as if it were of a wrong type. */
function parseIpOrNone(text: string): Ip {
  try {
    return parseIp(text);
  } catch (error) {
    if (error instanceof CelRuntimeError) throw noSuchOverload();
    throw error;
  }
}
