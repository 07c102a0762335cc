import type { FunctionDeclaration, Overload } from '../library.ts';
import type { CelType } from '../types.ts';

type Call = Overload['call'];
type Cost = Overload['cost'];

const make = (member: boolean) =>
  function overload(
    id: string,
    [params, result]: readonly [readonly CelType[], CelType],
    call: Call,
    cost?: Cost,
  ): Overload {
    return { id, params, result, member, call, ...(cost === undefined ? {} : { cost }) };
  };

/** An overload called as `name(a, b)`. The second argument is its signature: parameters and result. */
export const globalOverload = make(false);
/** An overload called as `a.name(b)`. */
export const memberOverload = make(true);

export const declare = (name: string, overloads: readonly Overload[]): FunctionDeclaration => ({
  name,
  overloads,
});

/** Stands in for the implementation of what the evaluator runs itself (operators, `optional.or`). */
export const BUILT_IN: Call = () => {
  throw new Error('operators are run by the evaluator');
};
