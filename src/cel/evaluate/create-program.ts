import { CelAbortError } from '../library.ts';
import type { Activation, Limits, Outcome, Program } from '../program.ts';
import type { CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { Failure } from './failure.ts';
import { Stop, bounded } from '../work.ts';
import { Frame } from './frame.ts';
import type { Run } from './plan.ts';
import type { Executable } from './planner.ts';

/** Makes a program of a compiled tree. */
export function createProgram(source: string, type: CelType, executable: Executable): Program {
  return new CompiledProgram(source, type, executable);
}

/** A class, for its methods: thousands of programs are kept. */
class CompiledProgram implements Program {
  readonly source: string;
  readonly type: CelType;
  readonly #run: Run;
  readonly #slots: number;

  constructor(source: string, type: CelType, { run, slots }: Executable) {
    this.source = source;
    this.type = type;
    this.#run = run;
    this.#slots = slots;
  }

  evaluate(activation: Activation, limits?: Limits): Outcome {
    const frame = new Frame(activation, this.#slots, limits);
    const run = this.#run;
    try {
      return outcomeOf(
        frame,
        bounded(limits?.isOver, () => run(frame)),
      );
    } catch (error) {
      return stopped(frame, error);
    }
  }
}

function outcomeOf(frame: Frame, result: CelValue | Failure): Outcome {
  const cost = frame.cost + frame.variablesCost;
  if (!(result instanceof Failure)) return { ok: true, value: result, cost };
  const { errorClass, message } = result;
  const kind = errorClass === 'cost' || errorClass === 'budget' ? errorClass : 'runtime';
  return { ok: false, kind, errorClass, message, cost };
}

function stopped(frame: Frame, error: unknown): Outcome {
  const cost = frame.cost + frame.variablesCost;
  if (error instanceof Stop) {
    return { ok: false, kind: error.kind, errorClass: error.kind, message: error.message, cost };
  }
  if (error instanceof CelAbortError) {
    return { ok: false, kind: 'runtime', errorClass: 'other', message: error.message, cost };
  }
  // A string or a nesting beyond what the engine can hold, or a fault of a function: never an exception to the caller.
  const message = error instanceof RangeError ? 'value too large' : 'internal error';
  return { ok: false, kind: 'runtime', errorClass: 'other', message, cost };
}
