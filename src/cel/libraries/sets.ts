import { celMatches } from '../equality.ts';
import type { CelLibrary, Overload } from '../library.ts';
import { BOOL, listOf, param } from '../types.ts';
import type { CelValue } from '../values.ts';
import { listAt } from './support/arguments.ts';
import { sizeOf } from './support/cost.ts';
import { declare, global } from './support/declare.ts';

const LISTS = { params: [listOf(param('T')), listOf(param('T'))], result: BOOL };
type List = readonly CelValue[];

/** `sets.contains`, `sets.equivalent` and `sets.intersects`. */
export const library: CelLibrary = {
  name: 'cel.lib.ext.sets',
  since: '1.29',
  functions: [
    declare('sets.contains', overload('list_sets_contains_list', 1, contains)),
    declare(
      'sets.equivalent',
      overload('list_sets_equivalent_list', 2, (a, b) => contains(a, b) && contains(b, a)),
    ),
    declare(
      'sets.intersects',
      overload('list_sets_intersects_list', 1, (a, b) => a.some((element) => has(b, element))),
    ),
  ],
};

function overload(id: string, rounds: number, test: (a: List, b: List) => boolean): Overload {
  return global(id, LISTS, {
    call: (args) => test(listAt(args, 0), listAt(args, 1)),
    cost: (args) => 1 + sizeOf(args[0]) * sizeOf(args[1]) * rounds,
  });
}

function contains(list: List, sublist: List): boolean {
  return sublist.every((element) => has(list, element));
}

function has(list: List, element: CelValue): boolean {
  return list.some((other) => celMatches(element, other));
}
