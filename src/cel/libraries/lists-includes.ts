import { celMatches } from '../equality.ts';
import type { CelLibrary } from '../library.ts';
import { BOOL, DYN } from '../types.ts';
import { isList, valueAt } from './support/arguments.ts';
import { treeCost } from './support/cost.ts';
import { declare, member } from './support/declare.ts';

/** `includes`: membership for a list, equality for anything else. */
export const library: CelLibrary = {
  name: 'kubernetes.lists.includes',
  since: '1.37',
  functions: [
    declare(
      'includes',
      member(
        'list_includes_dyn_dyn',
        { params: [DYN, DYN], result: BOOL },
        {
          call: (args) => {
            const [target, item] = [valueAt(args, 0), valueAt(args, 1)];
            if (!isList(target)) return celMatches(target, item);
            return target.some((element) => celMatches(element, item));
          },
          cost: (args) => treeCost(args[0]),
        },
      ),
    ),
  ],
};
