import { CONVERSIONS, LITERALS, OPERATORS, SELECTION, TIMES } from './core.ts';
import {
  ADDRESSES,
  FORMATTING,
  LISTS,
  NAMED_FORMATS,
  QUANTITIES,
  REGEX,
  SEMVERS,
  SETS,
  STRINGS,
  URLS,
} from './library.ts';
import { AUTHORIZER, COMPREHENSIONS, OPTIONALS, REQUESTS } from './structure.ts';
import type { Family } from './template.ts';

/** Every subject of drawn expressions. */
export const FAMILIES: readonly Family[] = [
  OPERATORS,
  CONVERSIONS,
  TIMES,
  SELECTION,
  LITERALS,
  STRINGS,
  REGEX,
  LISTS,
  SETS,
  URLS,
  ADDRESSES,
  QUANTITIES,
  SEMVERS,
  NAMED_FORMATS,
  FORMATTING,
  OPTIONALS,
  COMPREHENSIONS,
  REQUESTS,
  AUTHORIZER,
];
