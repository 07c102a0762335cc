import { isComparable, tryCompare } from '../compare.ts';
import { celMatches } from '../equality.ts';
import { CelRuntimeError, type CelLibrary, type Overload } from '../library.ts';
import { BOOL, INT, listOf, param, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { listAt, noSuchOverload, valueAt } from './support/arguments.ts';
import { treeCost } from './support/cost.ts';
import { declare, member, type Behaviour } from './support/declare.ts';
import { COMPARABLE_TYPES, SUMMABLE_TYPES } from './support/element-types.ts';
import { add } from './support/sum.ts';

const A = param('A');
const cost: NonNullable<Overload['cost']> = (args) => treeCost(args[0]);

/** `isSorted`, `sum`, `min`, `max`, `indexOf`, `lastIndexOf` of lists. */
export const library: CelLibrary = {
  name: 'kubernetes.lists',
  since: '1.0',
  functions: [
    declare(
      'isSorted',
      ...COMPARABLE_TYPES.map(({ name, type }) =>
        unary(`list_${name}_is_sorted_bool`, type, BOOL, isSorted),
      ),
    ),
    declare(
      'sum',
      ...SUMMABLE_TYPES.map(({ name, type, zero }) =>
        unary(`list_${name}_sum_${name}`, type, type, (list) => list.reduce(add, zero)),
      ),
    ),
    declare('max', ...extremes('max', -1)),
    declare('min', ...extremes('min', 1)),
    declare(
      'indexOf',
      search('list_a_index_of_int', (list, test) => list.findIndex(test)),
    ),
    declare(
      'lastIndexOf',
      search('list_a_last_index_of_int', (list, test) => list.findLastIndex(test)),
    ),
  ],
};

type List = readonly CelValue[];

function unary(
  id: string,
  element: CelType,
  result: CelType,
  apply: (list: List) => CelValue,
): Overload {
  const behaviour: Behaviour = { call: (args) => apply(listAt(args, 0)), cost };
  return member(id, { params: [listOf(element)], result }, behaviour);
}

function search(
  id: string,
  find: (list: List, test: (element: CelValue) => boolean) => number,
): Overload {
  return member(
    id,
    { params: [listOf(A), A], result: INT },
    {
      call: (args) => {
        const item = valueAt(args, 1);
        return BigInt(find(listAt(args, 0), (element) => celMatches(element, item)));
      },
      cost,
    },
  );
}

/** Elements that cannot be compared with one another count as in order, as in Kubernetes. */
function isSorted(list: List): boolean {
  let previous: CelValue | undefined;
  for (const next of list) {
    if (!isComparable(next)) throw noSuchOverload();
    if (previous !== undefined && tryCompare(previous, next) === 1) return false;
    previous = next;
  }
  return true;
}

function extremes(name: 'min' | 'max', replaceWhen: -1 | 1): Overload[] {
  return COMPARABLE_TYPES.map((element) =>
    unary(`list_${element.name}_${name}_${element.name}`, element.type, element.type, (list) => {
      let result: CelValue | undefined;
      for (const next of list) {
        if (!isComparable(next)) throw noSuchOverload();
        if (result === undefined || tryCompare(result, next) === replaceWhen) result = next;
      }
      if (result === undefined) throw new CelRuntimeError('other', `${name} called on empty list`);
      return result;
    }),
  );
}
