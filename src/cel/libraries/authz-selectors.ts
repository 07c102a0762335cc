import type { CelLibrary, FunctionDeclaration } from '../library.ts';
import { STRING } from '../types.ts';
import { instanceAt, stringAt } from './support/arguments.ts';
import { RESOURCE_CHECK, ResourceCheck } from './support/authorizer.ts';
import { selectorCost, sizeOf } from './support/cost.ts';
import { declare, member } from './support/declare.ts';

/** Selectors in questions to the authorizer. */
export const library: CelLibrary = {
  name: 'kubernetes.authzSelectors',
  since: '1.31',
  functions: [selecting('fieldSelector'), selecting('labelSelector')],
};

function selecting(part: 'fieldSelector' | 'labelSelector'): FunctionDeclaration {
  return declare(
    part,
    member(
      `authorizer_${part.toLowerCase()}`,
      { params: [RESOURCE_CHECK, STRING], result: RESOURCE_CHECK },
      {
        call: (args) => instanceAt(ResourceCheck, args, 0).with(part, stringAt(args, 1)),
        cost: (args) => selectorCost(sizeOf(args[1])),
      },
    ),
  );
}
