import type { FunctionDeclaration, Overload } from '../library.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  STRING,
  TIMESTAMP,
  UINT,
  listOf,
  mapOf,
  optionalOf,
  param,
  type CelType,
} from '../types.ts';
import { BUILT_IN, declare, globalOverload } from './overload.ts';
import { costSize, traversal } from './size.ts';

const A = param('A');
const B = param('B');
const LIST = listOf(A);
const MAP = mapOf(A, B);

type Signature = readonly [id: string, params: readonly CelType[], result: CelType];

const operator = (name: string, signatures: readonly Signature[]): FunctionDeclaration =>
  declare(
    name,
    signatures.map(([id, params, result]) =>
      globalOverload(id, [params, result], BUILT_IN, costOf(id)),
    ),
  );

/** Only overloads whose cost depends on sizes have a function; the others cost 1. */
function costOf(id: string): Overload['cost'] {
  if (/^add_(?:string|bytes)$/.test(id)) {
    return ([a, b]) => traversal(costSize(a) + costSize(b));
  }
  const isText = /^(?:less|greater)(?:_equals)?_(?:string|bytes)$/.test(id);
  if (isText || id === 'equals' || id === 'not_equals') {
    return ([a, b]) => traversal(Math.min(costSize(a), costSize(b)));
  }
  if (id === 'in_list') return ([, list]) => costSize(list);
  return undefined;
}

const NUMBERS: readonly (readonly [string, CelType])[] = [
  ['int64', INT],
  ['uint64', UINT],
  ['double', DOUBLE],
];
const ORDERED: readonly (readonly [string, CelType])[] = [
  ['bool', BOOL],
  ...NUMBERS,
  ['string', STRING],
  ['bytes', BYTES],
  ['timestamp', TIMESTAMP],
  ['duration', DURATION],
];

/** Overloads that compare numbers of different types; Kubernetes has them since 1.28. */
export const CROSS_TYPE =
  /^(?:less|greater)(?:_equals)?_(?:int64|uint64|double)_(?:int64|uint64|double)$/;

function relation(name: string, prefix: string): FunctionDeclaration {
  const same = ORDERED.map(([id, type]): Signature => [`${prefix}_${id}`, [type, type], BOOL]);
  const cross = NUMBERS.flatMap(([left, a]) =>
    NUMBERS.filter(([right]) => right !== left).map(([right, b]): Signature => [
      `${prefix}_${left}_${right}`,
      [a, b],
      BOOL,
    ]),
  );
  return operator(name, [...same, ...cross]);
}

/** The first that fits an operand of unknown type decides what that is; cel-go declares double before the others. */
const DOUBLE_FIRST = NUMBERS.toSorted(
  ([a], [b]) => Number(b === 'double') - Number(a === 'double'),
);

const arithmetic = (
  prefix: string,
  types: readonly (readonly [string, CelType])[],
): readonly Signature[] =>
  types.map(([id, type]): Signature => [`${prefix}_${id}`, [type, type], type]);

export const OPERATORS: readonly FunctionDeclaration[] = [
  operator('_?_:_', [['conditional', [BOOL, A, A], A]]),
  operator('_&&_', [['logical_and', [BOOL, BOOL], BOOL]]),
  operator('_||_', [['logical_or', [BOOL, BOOL], BOOL]]),
  operator('!_', [['logical_not', [BOOL], BOOL]]),
  operator('@not_strictly_false', [['not_strictly_false', [BOOL], BOOL]]),
  operator('_==_', [['equals', [A, A], BOOL]]),
  operator('_!=_', [['not_equals', [A, A], BOOL]]),
  operator('_+_', [
    ...arithmetic('add', [['bytes', BYTES], ...NUMBERS, ['string', STRING]]),
    ['add_duration_duration', [DURATION, DURATION], DURATION],
    ['add_duration_timestamp', [DURATION, TIMESTAMP], TIMESTAMP],
    ['add_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP],
    ['add_list', [LIST, LIST], LIST],
  ]),
  operator('_-_', [
    ...arithmetic('subtract', DOUBLE_FIRST),
    ['subtract_duration_duration', [DURATION, DURATION], DURATION],
    ['subtract_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP],
    ['subtract_timestamp_timestamp', [TIMESTAMP, TIMESTAMP], DURATION],
  ]),
  operator('_*_', arithmetic('multiply', DOUBLE_FIRST)),
  operator('_/_', arithmetic('divide', DOUBLE_FIRST)),
  operator('_%_', arithmetic('modulo', NUMBERS.slice(0, 2))),
  operator('-_', [
    ['negate_double', [DOUBLE], DOUBLE],
    ['negate_int64', [INT], INT],
  ]),
  relation('_<_', 'less'),
  relation('_<=_', 'less_equals'),
  relation('_>_', 'greater'),
  relation('_>=_', 'greater_equals'),
  operator('_[_]', [
    ['index_list', [LIST, INT], A],
    ['index_map', [MAP, A], B],
    ['optional_list_index_int', [optionalOf(LIST), INT], optionalOf(A)],
    ['optional_map_index_value', [optionalOf(MAP), A], optionalOf(B)],
  ]),
  operator('_[?_]', [
    ['list_optindex_optional_int', [LIST, INT], optionalOf(A)],
    ['optional_list_optindex_optional_int', [optionalOf(LIST), INT], optionalOf(A)],
    ['map_optindex_optional_value', [MAP, A], optionalOf(B)],
    ['optional_map_optindex_optional_value', [optionalOf(MAP), A], optionalOf(B)],
  ]),
  operator('_?._', [['select_optional_field', [DYN, STRING], optionalOf(B)]]),
  operator('@in', [
    ['in_list', [A, LIST], BOOL],
    ['in_map', [A, MAP], BOOL],
  ]),
  operator('cel.@mapInsert', [
    ['@mapInsert_map_key_value', [MAP, A, B], MAP],
    ['@mapInsert_map_map', [MAP, MAP], MAP],
  ]),
];
