import { celMatches } from '../equality.ts';
import {
  CelAbortError,
  CelRuntimeError,
  type CelErrorClass,
  type CelLibrary,
  type FunctionDeclaration,
  type Overload,
} from '../library.ts';
import { goType } from '../standard/go-type.ts';
import { DYN, INT, listOf, param, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { buildList, spend } from '../work.ts';
import { intAt, isList, listAt } from './support/arguments.ts';
import { listCost, sizeOf } from './support/cost.ts';
import { declare, global, member } from './support/declare.ts';
import { COMPARABLE_TYPES } from './support/element-types.ts';
import { sortByKeys } from './support/sort.ts';

type List = readonly CelValue[];
type Cost = NonNullable<Overload['cost']>;

const LIST = listOf(param('T'));
const MAX_RANGE = 1_000_000n;
/** Longest list that flattening gives. */
const MAX_FLAT = 4 * 1024 * 1024;
const outputCost: Cost = (_args, result) => listCost(sizeOf(result), 1);

/** List functions of cel-go's extension, version 3. `sortBy` is a macro over `@sortByAssociatedKeys`. */
export const library: CelLibrary = {
  name: 'cel.lib.ext.lists',
  since: '1.34',
  functions: [
    declare(
      'slice',
      member(
        'list_slice',
        { params: [LIST, INT, INT], result: LIST },
        {
          call: (args) => slice(listAt(args, 0), intAt(args, 1), intAt(args, 2)),
          cost: outputCost,
        },
      ),
    ),
    declare(
      'flatten',
      flattening('list_flatten', [listOf(LIST)], LIST),
      flattening('list_flatten_int', [listOf(DYN), INT], listOf(DYN)),
    ),
    declare(
      'lists.range',
      global(
        'lists_range',
        { params: [INT], result: listOf(INT) },
        { call: (args) => range(intAt(args, 0)), cost: outputCost },
      ),
    ),
    declare(
      'distinct',
      member(
        'list_distinct',
        { params: [LIST], result: LIST },
        { call: (args) => distinct(listAt(args, 0)), cost: comparisonCost(0) },
      ),
    ),
    declare(
      'reverse',
      member(
        'list_reverse',
        { params: [LIST], result: LIST },
        { call: (args) => listAt(args, 0).toReversed(), cost: outputCost },
      ),
    ),
    sorting('sort', 0, (type) => ({ params: [listOf(type)], result: listOf(type) })),
    sorting('@sortByAssociatedKeys', 1, (type) => ({ params: [LIST, listOf(type)], result: LIST })),
  ],
};

function failure(errorClass: CelErrorClass, problem: string): CelRuntimeError {
  return new CelRuntimeError(errorClass, problem);
}

function slice(list: List, start: bigint, end: bigint): List {
  if (start < 0n || end < 0n) throw failure('index', 'slice: negative indexes not supported');
  if (start > end) {
    throw failure('index', 'slice: start index must be less than or equal to end index');
  }
  if (end > BigInt(list.length)) throw failure('other', 'slice: end is beyond the list');
  return list.slice(Number(start), Number(end));
}

function flattening(id: string, params: readonly CelType[], result: CelType): Overload {
  return {
    ...member(
      id,
      { params, result },
      {
        call: (args) => flatten(listAt(args, 0), args.length > 1 ? intAt(args, 1) : 1n),
        cost: (args) => {
          const depth = args.length > 1 ? args[1] : 1n;
          if (typeof depth !== 'bigint') throw new CelAbortError('internal error: no depth');
          return listCost(sizeOf(args[0]), Number(depth));
        },
      },
    ),
    unguarded: true,
  };
}

function flatten(list: List, depth: bigint): CelValue[] {
  if (depth < 0n) throw failure('other', 'level must be non-negative');
  const flat: CelValue[] = [];
  append(flat, list, depth);
  buildList(flat.length);
  return flat;
}

/** Lists that are held in several places are written out for each. */
function append(flat: CelValue[], list: List, depth: bigint): void {
  spend(list.length);
  if (flat.length + list.length > MAX_FLAT) throw failure('budget', 'value too large');
  for (const element of list) {
    if (isList(element) && depth > 0n) append(flat, element, depth - 1n);
    else flat.push(element);
  }
}

function range(size: bigint): List {
  if (size < 0n) throw failure('other', 'lists.range: size must be non-negative');
  if (size > MAX_RANGE) throw failure('other', 'lists.range: size exceeds maximum allowed');
  buildList(Number(size));
  return Array.from({ length: Number(size) }, (_element, i) => BigInt(i));
}

function distinct(list: List): List {
  const unique: CelValue[] = [];
  for (const element of list) {
    if (!unique.some((other) => celMatches(element, other))) unique.push(element);
  }
  return unique;
}

/** In Go's words; what is no value here was an error. */
function noLister(value: CelValue | undefined): string {
  const type = value === undefined || value === null ? '*types.Err' : goType(value);
  return `internal error: interface conversion: ${type} is not traits.Lister: missing method ${type.startsWith('*') ? 'Add' : 'Contains'}`;
}

/** Comparing every element with every other; more for text. Counting breaks off where there is no list. */
function comparisonCost(index: number): Cost {
  return (args) => {
    const list = args[index];
    if (!isList(list)) throw new CelAbortError(noLister(list));
    const size = list.length;
    const [first] = list;
    const isText = typeof first === 'string' || first instanceof Uint8Array;
    return listCost(size * size, isText ? 2.1 : 2);
  };
}

function sorting(
  name: string,
  keys: 0 | 1,
  signature: (type: CelType) => { params: readonly CelType[]; result: CelType },
): FunctionDeclaration {
  const overloadSuffix = keys === 0 ? 'sort' : 'sortByAssociatedKeys';
  const overloads = COMPARABLE_TYPES.map(({ type }): Overload => ({
    ...member(`list_${typeName(type)}_${overloadSuffix}`, signature(type), {
      call: (args) => sortByKeys(listAt(args, 0), listAt(args, keys)),
      cost: comparisonCost(keys),
    }),
    unguarded: true,
  }));
  return { ...declare(name, ...overloads), openCost: () => 1 };
}

function typeName(type: CelType): string {
  return type.kind === 'primitive' ? type.name : type.kind;
}
