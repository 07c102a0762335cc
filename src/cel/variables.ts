import type { CompileResult } from './compile.ts';
import type { Activation, Limits, VariableOutcome, VariableSource } from './program.ts';

/** Compiled `spec.variables` of a policy, in order. A variable that does not compile is an error when used. */
export type CompiledVariables = ReadonlyMap<string, CompileResult>;

/**
 * Answers `variables.NAME` by evaluating each variable at most once, when it is first used.
 * @param activation what the variables see; they see `variables` too
 */
export function lazyVariables(
  compiled: CompiledVariables,
  activation: Omit<Activation, 'variables'>,
  limits?: Limits,
): VariableSource {
  const known = new Map<string, VariableOutcome>();
  const source: VariableSource = {
    resolve: (name) => {
      const answer = known.get(name);
      if (answer !== undefined) return answer;
      const outcome = evaluate(
        name,
        compiled.get(name),
        { ...activation, variables: source },
        limits,
      );
      known.set(name, { ...outcome, cost: 0 });
      return outcome;
    },
  };
  return source;
}

function evaluate(
  name: string,
  compiled: CompileResult | undefined,
  activation: Activation,
  limits: Limits | undefined,
): VariableOutcome {
  const failed = (errorClass: Parameters<typeof failure>[0], text: string, cost: number) =>
    failure(errorClass, `composited variable "${name}" ${text}`, cost);
  if (compiled === undefined) return failure('no_such_key', `no such key: ${name}`, 0);
  if (!compiled.ok) return failed('variable_compile', `fails to compile: ${compiled.message}`, 0);
  const outcome = compiled.program.evaluate(activation, limits);
  if (outcome.ok) return outcome;
  return failed(outcome.errorClass, `fails to evaluate: ${outcome.message}`, outcome.cost);
}

function failure(
  errorClass: Extract<VariableOutcome, { ok: false }>['errorClass'],
  message: string,
  cost: number,
): VariableOutcome {
  return { ok: false, errorClass, message, cost };
}
