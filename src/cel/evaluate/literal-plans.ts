import { LiteralMap } from '../literal-map.ts';
import { listRun, mapRun } from './literals.ts';
import { constantPlan, runPlan, toRun } from './plan-parts.ts';
import type { Plan } from './plan.ts';

/** A list literal: computed in advance when all of it is constant. */
export function listPlan(
  elements: readonly { readonly plan: Plan; readonly isOptional: boolean }[],
): Plan {
  const constants = elements.flatMap(({ plan, isOptional }) =>
    plan.kind === 'constant' && !isOptional ? [plan.value] : [],
  );
  if (constants.length === elements.length) return constantPlan(constants);
  return runPlan(
    listRun(elements.map(({ plan, isOptional }) => ({ run: toRun(plan), isOptional }))),
  );
}

interface PlannedEntry {
  readonly key: Plan;
  readonly value: Plan;
  readonly isOptional: boolean;
}

/** As {@link listPlan}, for a map literal. */
export function mapPlan(entries: readonly PlannedEntry[]): Plan {
  const constants = constantEntries(entries);
  if (constants !== undefined) return constantPlan(constants);
  return runPlan(
    mapRun(
      entries.map(({ key, value, isOptional }) => ({
        key: toRun(key),
        value: toRun(value),
        isOptional,
      })),
    ),
  );
}

/** A map literal of nothing but constants. */
function constantEntries(entries: readonly PlannedEntry[]): LiteralMap | undefined {
  const map = new LiteralMap();
  for (const { key, value, isOptional } of entries) {
    if (isOptional || key.kind !== 'constant' || value.kind !== 'constant') return undefined;
    map.set(key.value, value.value);
  }
  return map;
}
