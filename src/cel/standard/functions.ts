import { CelRuntimeError, type FunctionDeclaration, type Overload } from '../library.ts';
import {
  BOOL,
  BYTES,
  DURATION,
  INT,
  STRING,
  TIMESTAMP,
  listOf,
  mapOf,
  optionalOf,
  param,
  type CelType,
} from '../types.ts';
import {
  CelDuration,
  CelOptional,
  CelTimestamp,
  CelUint,
  isCelMap,
  type CelValue,
} from '../values.ts';
import { isMatch } from './match.ts';
import { BUILT_IN, declare, globalOverload, memberOverload } from './overload.ts';
import { costSize, sizeOf, traversal } from './size.ts';
import { fieldsOf, type Fields } from './timestamp.ts';

const V = param('V');
const LIST = listOf(V);

const size: Overload['call'] = ([value]) => BigInt(sizeOf(value as CelValue) ?? 0);

const SIZES = (
  [
    ['bytes', BYTES],
    ['list', LIST],
    ['map', mapOf(param('K'), V)],
    ['string', STRING],
  ] as const
).flatMap(([id, type]) => [
  globalOverload(`size_${id}`, [[type], INT], size),
  memberOverload(`${id}_size`, [[type], INT], size),
]);

const text = (
  name: string,
  id: string,
  test: (value: string, argument: string) => boolean,
  cost: Overload['cost'],
): FunctionDeclaration =>
  declare(name, [
    memberOverload(
      id,
      [[STRING, STRING], BOOL],
      ([value, argument]) => test(value as string, argument as string),
      cost,
    ),
  ]);

const argumentCost: Overload['cost'] = ([, argument]) => traversal(costSize(argument));
const containsCost: Overload['cost'] = ([value, argument]) =>
  traversal(costSize(value)) * traversal(costSize(argument));
const matches: Overload['call'] = ([value, pattern]) => isMatch(value as string, pattern as string);
/** As cel-go: length of the text times a guess at the number of states of the expression. */
const matchesCost: Overload['cost'] = ([value, pattern]) =>
  traversal(1 + costSize(value)) * Math.ceil(costSize(pattern) * 0.25);

const NANOS: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
};

function durationNanos(value: CelValue | undefined): bigint {
  if (value instanceof CelDuration) return value.nanos;
  throw new CelRuntimeError('no_such_overload', 'no such overload');
}

function accessor(name: keyof Fields, id: string): FunctionDeclaration {
  const unit = NANOS[name];
  const field: Overload['call'] = ([value, zone]) =>
    BigInt(fieldsOf((value as CelTimestamp).nanos, zone as string | undefined)[name]);
  return declare(name, [
    memberOverload(`timestamp_to_${id}`, [[TIMESTAMP], INT], field),
    memberOverload(`timestamp_to_${id}_with_tz`, [[TIMESTAMP, STRING], INT], field),
    ...(unit === undefined
      ? []
      : [
          memberOverload(
            `duration_to_${id}`,
            [[DURATION], INT],
            ([value]) => durationNanos(value) / unit,
          ),
        ]),
  ]);
}

export const FUNCTIONS: readonly FunctionDeclaration[] = [
  declare('size', SIZES),
  text('contains', 'contains_string', (value, part) => value.includes(part), containsCost),
  text('endsWith', 'ends_with_string', (value, end) => value.endsWith(end), argumentCost),
  text('startsWith', 'starts_with_string', (value, start) => value.startsWith(start), argumentCost),
  declare('matches', [
    globalOverload('matches', [[STRING, STRING], BOOL], matches, matchesCost),
    memberOverload('matches_string', [[STRING, STRING], BOOL], matches, matchesCost),
  ]),
  accessor('getFullYear', 'year'),
  accessor('getMonth', 'month'),
  accessor('getDayOfYear', 'day_of_year'),
  accessor('getDayOfMonth', 'day_of_month'),
  accessor('getDate', 'day_of_month_1_based'),
  accessor('getDayOfWeek', 'day_of_week'),
  accessor('getHours', 'hours'),
  accessor('getMinutes', 'minutes'),
  accessor('getSeconds', 'seconds'),
  accessor('getMilliseconds', 'milliseconds'),
];

const OPTIONAL = optionalOf(V);
const OPTIONALS_LIST = listOf(OPTIONAL);
/** Overloads are chosen by the types of their arguments, so this holds. */
function asOptional(value: CelValue | undefined): CelOptional {
  if (value instanceof CelOptional) return value;
  throw new CelRuntimeError('no_such_overload', 'no such overload');
}
const optional = (value: CelValue | undefined): CelOptional =>
  value === undefined ? CelOptional.none : CelOptional.of(value);

const unwrap: Overload['call'] = ([list]) =>
  (list as readonly CelValue[]).flatMap((element) => {
    if (!(element instanceof CelOptional)) {
      throw new CelRuntimeError('other', 'value is not optional');
    }
    return element.value === undefined ? [] : [element.value];
  });

const fixed = (name: string, params: readonly CelType[], result: CelType): FunctionDeclaration =>
  declare(name, [
    memberOverload(
      name === 'or' ? 'optional_or_optional' : 'optional_orValue_value',
      [params, result],
      BUILT_IN,
    ),
  ]);

/** Functions on optionals, since Kubernetes 1.28. */
export const OPTIONALS: readonly FunctionDeclaration[] = [
  declare('optional.of', [
    globalOverload('optional_of', [[V], OPTIONAL], ([value]) => optional(value)),
  ]),
  declare('optional.ofNonZeroValue', [
    globalOverload('optional_ofNonZeroValue', [[V], OPTIONAL], ([value]) =>
      isZero(value as CelValue) ? CelOptional.none : optional(value),
    ),
  ]),
  declare('optional.none', [
    globalOverload('optional_none', [[], OPTIONAL], () => CelOptional.none),
  ]),
  declare('value', [
    memberOverload('optional_value', [[OPTIONAL], V], ([value]) => {
      const inner = asOptional(value).value;
      if (inner === undefined) throw new CelRuntimeError('other', 'optional.none() dereference');
      return inner;
    }),
  ]),
  declare('hasValue', [
    memberOverload(
      'optional_hasValue',
      [[OPTIONAL], BOOL],
      ([value]) => asOptional(value).value !== undefined,
    ),
  ]),
  fixed('or', [OPTIONAL, OPTIONAL], OPTIONAL),
  fixed('orValue', [OPTIONAL, V], V),
  declare('optional.unwrap', [globalOverload('optional_unwrap', [[OPTIONALS_LIST], LIST], unwrap)]),
  declare('unwrapOpt', [memberOverload('optional_unwrapOpt', [[OPTIONALS_LIST], LIST], unwrap)]),
];

const YEAR_ONE = -62_135_596_800_000_000_000n;

const ZEROS: ReadonlySet<CelValue> = new Set<CelValue>([null, false, '', 0n, 0]);

function isZero(value: CelValue): boolean {
  if (typeof value !== 'object' || value === null) return ZEROS.has(value);
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelUint) return value.value === 0n;
  if (value instanceof CelDuration) return value.nanos === 0n;
  if (value instanceof CelTimestamp) return value.nanos === YEAR_ONE;
  return isCelMap(value) && value.size === 0;
}
