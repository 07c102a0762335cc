import { expandFormat } from '../format-string.ts';
import type { CelLibrary } from '../library.ts';
import { DYN, listOf, STRING } from '../types.ts';
import { buildText } from '../work.ts';
import { listAt, stringAt, valueAt } from './support/arguments.ts';
import { traversal } from './support/cost.ts';
import { declare, global, variadic } from './support/declare.ts';
import { formatClause } from './support/format-clause.ts';
import { celQuote } from './support/go-quote.ts';

/** `format` and `strings.quote`, which came with version 1 of the string extension. */
export const library: CelLibrary = {
  name: 'cel.lib.ext.strings.format',
  since: '1.29',
  functions: [
    declare(
      'format',
      variadic(
        'string_format',
        { params: [STRING, listOf(DYN)], result: STRING },
        {
          call: (args) => {
            const values = listAt(args, 1);
            let length = 0;
            return expandFormat(stringAt(args, 0), values.length, (clause) => {
              const text = formatClause(clause, valueAt(values, clause.index));
              length += text.length;
              buildText(length);
              return text;
            }).text;
          },
          cost: traversal(0),
        },
      ),
    ),
    declare(
      'strings.quote',
      global(
        'strings_quote',
        { params: [STRING], result: STRING },
        { call: (args) => celQuote(stringAt(args, 0)), cost: traversal(0) },
      ),
    ),
  ],
};
