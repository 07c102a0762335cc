import type { Branch, BranchObserver } from '../cel/evaluate/observe.ts';

/** How often a branch of an expression was true and false. */
export interface BranchCount extends Branch {
  /** Path of the field that holds the expression, e.g. `spec.validations[0].expression`. */
  readonly field: string;
  readonly whenTrue: number;
  readonly whenFalse: number;
}

/** Counts what the branches of policies gave, over any number of test files that use the same ones. */
export interface CoverageCounter {
  /** @param policy any text that tells policies apart; the same again goes on counting */
  observe(policy: string): (field: string) => BranchObserver;
  /** In the order of the fields' compilation, then of their places; nothing for a policy never observed. */
  branches(policy: string): readonly BranchCount[];
}

type Mutable = { -readonly [Key in keyof BranchCount]: BranchCount[Key] };

const RESULT_FIELD = /^spec\.(?:validations|matchConditions)\[\d+\]\.expression$/;

/** Makes a counter. Only what is a bool by its nature counts as a result: validations and match conditions. */
export function createCoverage(): CoverageCounter {
  const counts = new Map<string, Map<string, Mutable>>();
  return {
    observe: (policy) => {
      const own = counts.get(policy) ?? new Map<string, Mutable>();
      counts.set(policy, own);
      return (field) => (branch) => {
        if (branch.kind === 'result' && !RESULT_FIELD.test(field)) return () => undefined;
        const count = countOf(own, field, branch);
        return (value) => {
          if (value) count.whenTrue++;
          else count.whenFalse++;
        };
      };
    },
    branches: (policy) => {
      const fields = Map.groupBy(counts.get(policy)?.values() ?? [], ({ field }) => field);
      return [...fields.values()].flatMap((branches) =>
        branches.sort(
          (a, b) => Number(b.kind === 'result') - Number(a.kind === 'result') || a.start - b.start,
        ),
      );
    },
  };
}

/** What a macro uses twice has one place, and so one count. */
function countOf(own: Map<string, Mutable>, field: string, branch: Branch): Mutable {
  const key = `${field} ${branch.kind} ${branch.start}`;
  const known = own.get(key);
  if (known !== undefined) return known;
  const made = { ...branch, field, whenTrue: 0, whenFalse: 0 };
  own.set(key, made);
  return made;
}

/** Outcomes that were seen, of those that there are: two a branch. */
export function outcomesOf(branches: readonly BranchCount[]): {
  readonly seen: number;
  readonly total: number;
} {
  const seen = branches.reduce(
    (sum, { whenTrue, whenFalse }) => sum + Math.min(whenTrue, 1) + Math.min(whenFalse, 1),
    0,
  );
  return { seen, total: branches.length * 2 };
}
