import type { CallContext, FunctionDeclaration, Overload } from '../../library.ts';
import type { CelType } from '../../types.ts';
import type { CelValue } from '../../values.ts';

/** The run-time half of an overload: what it answers and, unless it costs 1, what it costs. */
export interface Behaviour {
  readonly call: (args: readonly CelValue[], context: CallContext) => CelValue;
  readonly cost?: NonNullable<Overload['cost']>;
}

/** Types of an overload: parameters (the receiver first for a member) and result. */
export interface Signature {
  readonly params: readonly CelType[];
  readonly result: CelType;
}

/** `receiver.name(args)` */
export function member(id: string, signature: Signature, behaviour: Behaviour): Overload {
  return { id, ...signature, member: true, ...behaviour };
}

/** As `member`, for what cel-go calls with a list of arguments, however many they are. */
export function variadic(id: string, signature: Signature, behaviour: Behaviour): Overload {
  return { ...member(id, signature, behaviour), isVariadic: true };
}

/** `name(args)` */
export function global(id: string, signature: Signature, behaviour: Behaviour): Overload {
  return { id, ...signature, member: false, ...behaviour };
}

/** A function and its overloads, tried in this order at run time. */
export function declare(name: string, ...overloads: Overload[]): FunctionDeclaration {
  return { name, overloads };
}
