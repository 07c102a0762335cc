import { DEFAULT_COST_LIMIT, type Activation, type Limits } from '../program.ts';
import { Stop } from '../work.ts';
import { Failure, type Result } from './failure.ts';

/** How much cost or how many iterations pass between two looks at the caller's own limit. */
const CHECK_EVERY = 8192;
const ITERATIONS = 1023;

/** State of one evaluation. */
export class Frame {
  readonly activation: Activation;
  /** Local variables of comprehensions; `undefined` for a bound value that nobody asked for yet. */
  readonly slots: (Result | undefined)[];
  /** Cost so far, without that of `variables`. */
  cost = 0;
  /** Cost of the variables that this evaluation was the first to use. */
  variablesCost = 0;
  #checkpoint: number;
  #iterations = 0;
  readonly #limit: number;
  readonly #isOver: (() => boolean) | undefined;

  constructor(activation: Activation, slots: number, limits: Limits | undefined) {
    this.activation = activation;
    this.slots = slots === 0 ? NO_SLOTS : new Array<Result | undefined>(slots);
    this.#limit = limits?.cost ?? DEFAULT_COST_LIMIT;
    this.#isOver = limits?.isOver;
    this.#checkpoint = Math.min(this.#limit + 1, CHECK_EVERY);
  }

  /** @throws Stop */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost >= this.#checkpoint) this.#check();
  }

  /** As `steps` charges of 1: over the limit, the count stands where the first one too many left it. @throws Stop */
  chargeSteps(steps: number): void {
    this.cost += steps;
    if (this.cost < this.#checkpoint) return;
    this.cost = Math.min(this.cost, this.#limit + 1);
    this.#check();
  }

  /** To be called once an iteration of anything that repeats. @throws Stop */
  tick(): void {
    if ((++this.#iterations & ITERATIONS) === 0 && this.#isOver?.() === true) {
      throw new Stop('budget');
    }
  }

  variable(name: string): Result {
    const source = this.activation.variables;
    if (source === undefined) return new Failure('other', 'no such attribute(s): variables');
    const outcome = source.resolve(name);
    this.variablesCost += outcome.cost;
    if (outcome.ok) return outcome.value;
    if (outcome.errorClass === 'budget') throw new Stop('budget');
    return new Failure(outcome.errorClass, outcome.message);
  }

  #check(): void {
    if (this.cost > this.#limit) throw new Stop('cost');
    if (this.#isOver?.() === true) throw new Stop('budget');
    this.#checkpoint = Math.min(this.#limit + 1, this.cost + CHECK_EVERY);
  }
}

const NO_SLOTS: (Result | undefined)[] = [];
