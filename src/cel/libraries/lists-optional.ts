import type { CelLibrary, FunctionDeclaration } from '../library.ts';
import { listOf, optionalOf, param } from '../types.ts';
import { CelOptional, type CelValue } from '../values.ts';
import { listAt } from './support/arguments.ts';
import { declare, member } from './support/declare.ts';

const T = param('T');

/** `first` and `last` of a list, which came with optional types. */
export const library: CelLibrary = {
  name: 'optional.lists',
  since: '1.28',
  functions: [
    optionalElement('first', 'list_first', (list) => list[0]),
    optionalElement('last', 'list_last', (list) => list.at(-1)),
  ],
};

function optionalElement(
  name: string,
  id: string,
  pick: (list: readonly CelValue[]) => CelValue | undefined,
): FunctionDeclaration {
  return declare(
    name,
    member(
      id,
      { params: [listOf(T)], result: optionalOf(T) },
      {
        call: (args) => {
          const element = pick(listAt(args, 0));
          return element === undefined ? CelOptional.none : CelOptional.of(element);
        },
      },
    ),
  );
}
