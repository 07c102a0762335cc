import type { CelLibrary } from '../library.ts';
import { STRING } from '../types.ts';
import { stringAt } from './support/arguments.ts';
import { traversal } from './support/cost.ts';
import { declare, global } from './support/declare.ts';

/** `jsonpatch.escapeKey`: only where patches are written (the environment decides). */
export const library: CelLibrary = {
  name: 'kubernetes.jsonpatch',
  since: '1.32',
  functions: [
    declare(
      'jsonpatch.escapeKey',
      global(
        'string_jsonpatch_escapeKey_string',
        { params: [STRING], result: STRING },
        {
          call: (args) => stringAt(args, 0).replaceAll('~', '~0').replaceAll('/', '~1'),
          cost: traversal(0),
        },
      ),
    ),
  ],
};
