import type { Decision, Facts, Verdict } from '../../src/domain/decision.ts';
import type { RolloutPolicy } from '../../src/domain/policy.ts';
import { canonicalJson } from '../../src/lib/canonical-json.ts';
import {
  parseLosslessJson,
  stringifyLosslessJson,
  type Json,
} from '../../src/lib/lossless-json.ts';
import { compileStoredPolicy, type CompiledPolicy } from '../../src/policy/compile.ts';
import { decide } from '../../src/policy/decide.ts';
import { createSnapshot, type PolicySnapshot } from '../../src/policy/snapshot.ts';
import { drawFacts } from './draw-facts.ts';
import { drawRules, type Rules } from './draw-policies.ts';
import { Random } from './random.ts';

/** How often each verdict was drawn. */
export type Tally = Record<Verdict, number>;

/** Facts that are drawn for one set of policies. */
const FACTS_EACH = 50;

/** A tally of nothing. */
export function emptyTally(): Tally {
  return { allow: 0, warn: 0, hold: 0, deny: 0, error: 0 };
}

/** The bytes of a decision. */
export function bytesOf(decision: Decision): string {
  return canonicalJson({ ...decision } as unknown as Json);
}

/**
 * Draws facts and decides on each again and again: at once, with members in another order, after they were written down
 * and read, and under the same policies in another order. Every time the decision must be the same, byte for byte, and
 * nothing toward safety may be blocked.
 * @throws Error that names the seed and what differs
 */
export function checkInProcess(seed: number, count: number): Tally {
  const tally = emptyTally();
  for (let drawn = 0; drawn < count; drawn += FACTS_EACH) {
    const random = new Random(seed + drawn);
    const rules = drawRules(random);
    const snapshots = snapshotsOf(random, rules);
    for (let each = 0; each < Math.min(FACTS_EACH, count - drawn); each++) {
      const { facts, isSafe } = drawFacts(random, rules);
      const where = `seed ${seed + drawn}, facts ${each}`;
      const decision = checkOne(random, snapshots, facts, where);
      tally[decision.verdict] += 1;
      const isBlocked = decision.violations.some(
        ({ action }) => action === 'Deny' || action === 'Hold',
      );
      if (isSafe && isBlocked) throw new Error(`${where}: a change toward safety was blocked`);
    }
  }
  return tally;
}

/** The same policies in two orders, compiled once. */
function snapshotsOf(random: Random, rules: Rules): readonly [PolicySnapshot, PolicySnapshot] {
  const compiled = new Map<string, CompiledPolicy>();
  const compile = (policy: RolloutPolicy): CompiledPolicy => {
    const { name } = policy.metadata;
    const known = compiled.get(name) ?? compileStoredPolicy(policy);
    compiled.set(name, known);
    return known;
  };
  return [createSnapshot(rules, compile), createSnapshot(shuffled(random, rules), compile)];
}

function shuffled(random: Random, { policies, bindings }: Rules): Rules {
  return { policies: random.shuffled(policies), bindings: random.shuffled(bindings) };
}

function checkOne(
  random: Random,
  [snapshot, other]: readonly [PolicySnapshot, PolicySnapshot],
  facts: Facts,
  where: string,
): Decision {
  const before = canonicalJson(facts as unknown as Json);
  const decision = decide(snapshot, facts);
  const wanted = bytesOf(decision);
  const same = (how: string, got: Decision): void => {
    const bytes = bytesOf(got);
    if (bytes !== wanted) throw new Error(`${where}: ${how} gives\n${bytes}\nand not\n${wanted}`);
  };
  same('deciding again', decide(snapshot, facts));
  same('another order of members', decide(snapshot, random.reordered(facts)));
  const text = stringifyLosslessJson(facts as unknown as Json);
  same(
    'replay of what was written down',
    decide(snapshot, parseLosslessJson(text) as unknown as Facts),
  );
  same('another order of policies', decide(other, facts));
  if (canonicalJson(facts as unknown as Json) !== before)
    throw new Error(`${where}: facts changed`);
  return decision;
}

/** Whether each of the four verdicts was drawn in at least the share that makes the test worth something. */
export function isBalanced(tally: Tally, share: number): boolean {
  const total = Object.values(tally).reduce((sum, count) => sum + count, 0);
  const { allow, deny, hold, error } = tally;
  return [allow, deny, hold, error].every((count) => count >= share * total);
}

/** The tally as one line. */
export function tallyText(tally: Tally): string {
  const total = Object.values(tally).reduce((sum, count) => sum + count, 0);
  return Object.entries(tally)
    .map(([verdict, count]) => `${verdict} ${((count / total) * 100).toFixed(1)} %`)
    .join(', ');
}
