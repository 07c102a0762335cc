import type { CelLibrary } from '../library.ts';
import { EMPTY } from '../messages.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  NULL,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
  listOf,
  mapOf,
  optionalOf,
} from '../types.ts';
import { CONVERSIONS } from './conversions.ts';
import { FUNCTIONS, OPTIONALS } from './functions.ts';
import { OPERATORS } from './operators.ts';

/** What every CEL environment has, and the optional types that Kubernetes added in 1.28. */
export const STANDARD_LIBRARIES: readonly CelLibrary[] = [
  {
    name: 'standard',
    since: '1.0',
    functions: [...OPERATORS, ...CONVERSIONS, ...FUNCTIONS],
    types: [
      BOOL,
      BYTES,
      DOUBLE,
      DURATION,
      EMPTY,
      INT,
      listOf(DYN),
      mapOf(DYN, DYN),
      NULL,
      STRING,
      TIMESTAMP,
      TYPE,
      UINT,
    ],
  },
  { name: 'optional', since: '1.28', functions: OPTIONALS, types: [optionalOf(DYN)] },
];

/** Names of the standard functions; a call of one that the static types leave open costs 1. */
export const STANDARD_NAMES: ReadonlySet<string> = new Set(
  STANDARD_LIBRARIES.flatMap(({ functions }) => functions.map(({ name }) => name)),
);
