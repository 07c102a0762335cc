import type { CompileResult } from './compile.ts';
import type { Activation, Limits, VariableSource } from './program.ts';

/** Compiled `spec.variables` of a policy, in order. A variable that does not compile is an error when used. */
export type CompiledVariables = ReadonlyMap<string, CompileResult>;

/**
 * Answers `variables.NAME` by evaluating each variable at most once, when it is first used.
 * @param activation what the variables see; they see `variables` too
 */
export function lazyVariables(
  _compiled: CompiledVariables,
  _activation: Omit<Activation, 'variables'>,
  _limits?: Limits,
): VariableSource {
  throw new Error('not yet');
}
