import type { CelLibrary } from '../library.ts';
import { listOf, opaque, optionalOf, STRING } from '../types.ts';
import { CelOptional } from '../values.ts';
import { instanceAt, stringAt } from './support/arguments.ts';
import { regexCost, sizeOf } from './support/cost.ts';
import { declare, global, member } from './support/declare.ts';
import { NAMED_FORMATS, NamedFormat } from './support/named-format.ts';

const FORMAT = opaque('kubernetes.NamedFormat');

/** `format.named(name)`, `format.dns1123Label()` and the like, and `validate`. */
export const library: CelLibrary = {
  name: 'kubernetes.format',
  since: '1.31',
  functions: [
    declare(
      'validate',
      member(
        'format-validate',
        { params: [FORMAT, STRING], result: optionalOf(listOf(STRING)) },
        {
          call: (args) => {
            const problems = instanceAt(NamedFormat, args, 0).check(stringAt(args, 1));
            return problems.length === 0 ? CelOptional.none : CelOptional.of(problems);
          },
          cost: ([format, text]) =>
            format instanceof NamedFormat ? regexCost(sizeOf(text), format.regexSize) : 1,
        },
      ),
    ),
    declare(
      'format.named',
      global(
        'format-named',
        { params: [STRING], result: optionalOf(FORMAT) },
        {
          call: (args) => {
            const format = NAMED_FORMATS.get(stringAt(args, 0));
            return format === undefined ? CelOptional.none : CelOptional.of(format);
          },
        },
      ),
    ),
    ...Array.from(NAMED_FORMATS, ([name, format]) =>
      declare(
        `format.${name}`,
        global(`format.${name}`, { params: [], result: FORMAT }, { call: () => format }),
      ),
    ),
  ],
};
