import type { CelLibrary } from '../library.ts';
import { matcherOf, spendMatch } from '../regex.ts';
import { INT, listOf, STRING } from '../types.ts';
import type { CelValue } from '../values.ts';
import { intAt, stringAt } from './support/arguments.ts';
import { regexCost, sizeOf } from './support/cost.ts';
import { declare, member } from './support/declare.ts';

/** `find` and `findAll`. */
export const library: CelLibrary = {
  name: 'kubernetes.regex',
  since: '1.0',
  functions: [
    declare('find', {
      ...member(
        'string_find_string',
        { params: [STRING, STRING], result: STRING },
        { call: (args) => findAll(stringAt(args, 0), stringAt(args, 1), 1)[0] ?? '', cost },
      ),
      regexArgument: 1,
    }),
    declare(
      'findAll',
      {
        ...member(
          'string_find_all_string',
          { params: [STRING, STRING], result: listOf(STRING) },
          { call: (args) => findAll(stringAt(args, 0), stringAt(args, 1), Infinity), cost },
        ),
        regexArgument: 1,
      },
      {
        ...member(
          'string_find_all_string_int',
          { params: [STRING, STRING, INT], result: listOf(STRING) },
          { call: findAllLimited, cost },
        ),
        regexArgument: 1,
      },
    ),
  ],
};

function cost(args: readonly CelValue[]): number {
  return regexCost(sizeOf(args[0]), sizeOf(args[1]));
}

function findAllLimited(args: readonly CelValue[]): CelValue {
  const limit = intAt(args, 2);
  return findAll(stringAt(args, 0), stringAt(args, 1), limit < 0n ? Infinity : Number(limit));
}

/** Successive matches as Go finds them: an empty match next to the match before it does not count. */
function findAll(text: string, pattern: string, limit: number): string[] {
  const compiled = matcherOf(pattern);
  const matcher = compiled.regex.matcher(text);
  const found: string[] = [];
  let previousEnd = -1;
  for (let at = 0; found.length < limit && at <= text.length;) {
    // The engine may go over all the rest to find that a match ends here.
    spendMatch(compiled, text.length - at);
    if (!matcher.find(at)) break;
    const [start, end] = [matcher.start(), matcher.end()];
    const isEmptyHere = end === at;
    if (!(isEmptyHere && start === previousEnd)) found.push(text.slice(start, end));
    at = isEmptyHere ? at + widthAt(text, at) : end;
    previousEnd = end;
  }
  return found;
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
