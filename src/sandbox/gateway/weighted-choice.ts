/**
 * Chooses among weighted backends by smooth weighted round robin (nginx's algorithm): within any run of as many picks
 * as the weights sum to, each backend is chosen exactly as often as its weight says, and evenly spread.
 */
export class WeightedChoice {
  readonly #weights: readonly number[];
  readonly #total: number;
  readonly #credits: number[];

  /** @param weights integers >= 0; a backend of weight 0 is never chosen */
  constructor(weights: readonly number[]) {
    const divisor = weights.reduce(greatestCommonDivisor, 0);
    this.#weights = divisor === 0 ? weights : weights.map((weight) => weight / divisor);
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0);
    this.#credits = weights.map(() => 0);
  }

  /** @returns the index of the chosen backend; undefined when all weights are 0 or there is none */
  next(): number | undefined {
    if (this.#total === 0) return undefined;
    let chosen = -1;
    let most = -Infinity;
    for (const [index, weight] of this.#weights.entries()) {
      const credit = (this.#credits[index] ?? 0) + weight;
      this.#credits[index] = credit;
      if (weight > 0 && credit > most) {
        chosen = index;
        most = credit;
      }
    }
    this.#credits[chosen] = most - this.#total;
    return chosen;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
