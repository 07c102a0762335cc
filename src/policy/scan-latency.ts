/** How long evaluations of one policy take, microseconds. */
export interface Latency {
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly samples: number;
}

/** Samples kept of each policy; older ones make room. */
const KEPT = 256;
/** Fewer say nothing. */
const MIN_SAMPLES = 16;

/** The last times that evaluations of each policy took. */
export class LatencySamples {
  readonly #samples = new Map<string, { readonly micros: number[]; next: number }>();

  add(policy: string, micros: number): void {
    const samples = this.#samples.get(policy) ?? { micros: [], next: 0 };
    samples.micros[samples.next] = micros;
    samples.next = (samples.next + 1) % KEPT;
    this.#samples.set(policy, samples);
  }

  /** Forgets every policy that is not among these. */
  keep(policies: ReadonlySet<string>): void {
    for (const policy of this.#samples.keys()) {
      if (!policies.has(policy)) this.#samples.delete(policy);
    }
  }

  /** Rounded to two digits; undefined until there are enough samples. */
  of(policy: string): Latency | undefined {
    const { micros = [] } = this.#samples.get(policy) ?? {};
    if (micros.length < MIN_SAMPLES) return undefined;
    const sorted = [...micros].sort((a, b) => a - b);
    return {
      p50Micros: twoDigits(quantile(sorted, 0.5)),
      p99Micros: twoDigits(quantile(sorted, 0.99)),
      samples: sorted.length,
    };
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** At least 1: nothing takes no time. */
function twoDigits(micros: number): number {
  return Math.max(1, Math.round(Number(micros.toPrecision(2))));
}

/** Whether a latency differs enough from what is stored to be worth a write: noise is not. */
export function isNews(
  latency: Omit<Latency, 'samples'>,
  stored: Omit<Latency, 'samples'> | undefined,
): boolean {
  if (stored === undefined) return true;
  const far = (a: number, b: number): boolean => Math.max(a, b) > 2 * Math.min(a, b);
  return (
    far(latency.p50Micros, stored.p50Micros) ||
    (far(latency.p99Micros, stored.p99Micros) &&
      Math.abs(latency.p99Micros - stored.p99Micros) > 500)
  );
}
