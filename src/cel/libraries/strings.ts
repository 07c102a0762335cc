import { CelRuntimeError, type CelLibrary, type Overload } from '../library.ts';
import { INT, listOf, STRING, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { buildText } from '../work.ts';
import { intAt, listAt, stringAt } from './support/arguments.ts';
import { resultTwice, traversal, treeCost } from './support/cost.ts';
import { declare, member } from './support/declare.ts';
import * as text from './support/text.ts';

const searchCost: NonNullable<Overload['cost']> = (args) => treeCost(args[0]);
const split = (limit: (args: readonly CelValue[]) => bigint) => (args: readonly CelValue[]) =>
  text.split(stringAt(args, 0), stringAt(args, 1), limit(args));
const replace = (limit: (args: readonly CelValue[]) => bigint) => (args: readonly CelValue[]) =>
  text.replace(stringAt(args, 0), stringAt(args, 1), stringAt(args, 2), limit(args));

/** String functions of cel-go's extension (version 0); characters are Unicode code points. */
export const library: CelLibrary = {
  name: 'cel.lib.ext.strings',
  since: '1.0',
  functions: [
    declare(
      'charAt',
      overload('string_char_at_int', [STRING, INT], STRING, (args) =>
        text.charAt(stringAt(args, 0), intAt(args, 1)),
      ),
    ),
    declare(
      'indexOf',
      overload(
        'string_index_of_string',
        [STRING, STRING],
        INT,
        search(text.indexOf, 0n),
        searchCost,
      ),
      overload(
        'string_index_of_string_int',
        [STRING, STRING, INT],
        INT,
        search(text.indexOf),
        searchCost,
      ),
    ),
    declare(
      'lastIndexOf',
      overload(
        'string_last_index_of_string',
        [STRING, STRING],
        INT,
        (args) => text.lastIndexOf(stringAt(args, 0), stringAt(args, 1)),
        searchCost,
      ),
      overload(
        'string_last_index_of_string_int',
        [STRING, STRING, INT],
        INT,
        search(text.lastIndexOf),
        searchCost,
      ),
    ),
    declare('lowerAscii', mapped('string_lower_ascii', text.lowerAscii)),
    declare('upperAscii', mapped('string_upper_ascii', text.upperAscii)),
    declare('trim', mapped('string_trim', text.trimSpace)),
    declare(
      'replace',
      overload(
        'string_replace_string_string',
        [STRING, STRING, STRING],
        STRING,
        replace(() => -1n),
        traversal(0, 2),
      ),
      overload(
        'string_replace_string_string_int',
        [STRING, STRING, STRING, INT],
        STRING,
        replace((args) => intAt(args, 3)),
        traversal(0, 2),
      ),
    ),
    declare(
      'split',
      overload(
        'string_split_string',
        [STRING, STRING],
        listOf(STRING),
        split(() => -1n),
        traversal(0, 2),
      ),
      overload(
        'string_split_string_int',
        [STRING, STRING, INT],
        listOf(STRING),
        split((args) => intAt(args, 2)),
        traversal(0, 2),
      ),
    ),
    declare(
      'substring',
      overload(
        'string_substring_int',
        [STRING, INT],
        STRING,
        (args) => text.substring(stringAt(args, 0), intAt(args, 1)),
        traversal(0),
      ),
      overload(
        'string_substring_int_int',
        [STRING, INT, INT],
        STRING,
        (args) => text.substring(stringAt(args, 0), intAt(args, 1), intAt(args, 2)),
        traversal(0),
      ),
    ),
    declare(
      'join',
      overload('list_join', [listOf(STRING)], STRING, (args) => join(args, ''), resultTwice),
      overload(
        'list_join_string',
        [listOf(STRING), STRING],
        STRING,
        (args) => join(args, stringAt(args, 1)),
        resultTwice,
      ),
    ),
  ],
};

// eslint-disable-next-line max-params -- a row of the table above
function overload(
  id: string,
  params: readonly CelType[],
  result: CelType,
  call: (args: readonly CelValue[]) => CelValue,
  cost?: NonNullable<Overload['cost']>,
): Overload {
  return member(id, { params, result }, cost === undefined ? { call } : { call, cost });
}

function mapped(id: string, map: (value: string) => string): Overload {
  return overload(id, [STRING], STRING, (args) => map(stringAt(args, 0)), traversal(0));
}

function search(
  find: (value: string, part: string, from: bigint) => bigint,
  from?: bigint,
): (args: readonly CelValue[]) => bigint {
  return (args) => find(stringAt(args, 0), stringAt(args, 1), from ?? intAt(args, 2));
}

function join(args: readonly CelValue[], separator: string): string {
  let length = 0;
  const parts = listAt(args, 0).map((part) => {
    if (typeof part !== 'string') {
      throw new CelRuntimeError('conversion', 'join: invalid input');
    }
    length += part.length + separator.length;
    return part;
  });
  buildText(length);
  return parts.join(separator);
}
