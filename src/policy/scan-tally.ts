import type { ScanResult } from './scan-results.ts';

/** What a policy does to an object: its strictest action on it, or why there is none. */
export const SCAN_EFFECTS = ['Deny', 'Hold', 'Warn', 'Audit', 'error', 'excepted', 'pass'] as const;
export type ScanEffect = (typeof SCAN_EFFECTS)[number];
/** Those that are worth an example. */
const TELLING: ReadonlySet<ScanEffect> = new Set(['Deny', 'Hold', 'Warn', 'Audit', 'error']);

/** Objects by what the policy does to them. */
export type EffectCounts = Readonly<Record<ScanEffect, number>>;

/** `policy effect` of each policy that concerns an object, in order; the same list for all objects alike. */
type Effects = readonly (readonly [policy: string, effect: ScanEffect])[];

/**
 * What is kept of a scan: for each object which policy does what to it, and the sums. Objects alike share one list, so
 * that an object costs little more than its name.
 */
export class ScanTally {
  readonly #subjects = new Map<string, Effects>();
  readonly #lists = new Map<string, { readonly effects: Effects; users: number }>();
  readonly #counts = new Map<string, Record<ScanEffect, number>>();

  /** Objects that at least one policy concerns. */
  get size(): number {
    return this.#subjects.size;
  }

  /** Distinct lists, for those who measure. */
  get lists(): number {
    return this.#lists.size;
  }

  /** @param subject its key, which is also what examples show */
  set(subject: string, results: readonly ScanResult[]): void {
    this.remove(subject);
    if (results.length === 0) return;
    const effects = this.#intern(effectsOf(results));
    this.#subjects.set(subject, effects);
    this.#add(effects, 1);
  }

  remove(subject: string): void {
    const effects = this.#subjects.get(subject);
    if (effects === undefined) return;
    this.#subjects.delete(subject);
    this.#add(effects, -1);
    const key = keyOf(effects);
    const list = this.#lists.get(key);
    if (list !== undefined && --list.users === 0) this.#lists.delete(key);
  }

  clear(): void {
    this.#subjects.clear();
    this.#lists.clear();
    this.#counts.clear();
  }

  /** Of one policy; zeros for one that concerns nothing. */
  counts(policy: string): EffectCounts {
    return this.#counts.get(policy) ?? zeros();
  }

  /** Every policy that concerns an object, in the order of their names. */
  policies(): readonly string[] {
    return [...this.#counts.keys()].sort();
  }

  /** For each policy the first objects by name that it denies, holds, warns of, audits or cannot judge. */
  examples(limit: number): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const subject of [...this.#subjects.keys()].sort()) {
      for (const [policy, effect] of this.#subjects.get(subject) ?? []) {
        if (!TELLING.has(effect)) continue;
        const examples = found.get(policy) ?? [];
        if (examples.length === 0) found.set(policy, examples);
        if (examples.length < limit) examples.push(subject);
      }
    }
    return found;
  }

  #intern(effects: Effects): Effects {
    const key = keyOf(effects);
    const list = this.#lists.get(key) ?? { effects, users: 0 };
    list.users++;
    this.#lists.set(key, list);
    return list.effects;
  }

  #add(effects: Effects, by: number): void {
    for (const [policy, effect] of effects) {
      const counts = this.#counts.get(policy) ?? zeros();
      counts[effect] += by;
      const isEmpty = SCAN_EFFECTS.every((each) => counts[each] === 0);
      if (isEmpty) this.#counts.delete(policy);
      else this.#counts.set(policy, counts);
    }
  }
}

function keyOf(effects: Effects): string {
  return effects.map(([policy, effect]) => `${policy} ${effect}`).join('\n');
}

function zeros(): Record<ScanEffect, number> {
  return { Deny: 0, Hold: 0, Warn: 0, Audit: 0, error: 0, excepted: 0, pass: 0 };
}

/** The strictest effect of each policy, in the order of their names. */
function effectsOf(results: readonly ScanResult[]): Effects {
  const strictest = new Map<string, ScanEffect>();
  for (const result of results) {
    const effect = effectOf(result);
    const before = strictest.get(result.policy);
    if (before === undefined || rank(effect) < rank(before)) strictest.set(result.policy, effect);
  }
  return [...strictest].sort(([a], [b]) => (a < b ? -1 : 1));
}

function rank(effect: ScanEffect): number {
  return SCAN_EFFECTS.indexOf(effect);
}

function effectOf({ outcome, action }: ScanResult): ScanEffect {
  if (outcome === 'pass') return 'pass';
  if (outcome === 'skip') return 'excepted';
  return outcome === 'error' || action === 'Ignore' ? 'error' : action;
}
