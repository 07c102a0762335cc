import type { CelValue } from '../values.ts';
import type { Attribute, Qualifier, Run } from './plan.ts';

/** How many steps are remembered at most, and how long what tells them apart may be, in UTF-16 code units. */
const MAX_RUNS = 4096;
const MAX_KEY = 200;

const runs = new Map<string, Run>();
const keys = new WeakMap<Run, string>();

/**
 * A step that many expressions have in common, made once: expressions read the same paths and compare with the same
 * constants, and steps keep nothing between evaluations.
 * @param key what the step does, whole; undefined: nobody else has it
 */
export function shared(key: string | undefined, make: () => Run): Run {
  if (key === undefined || key.length > MAX_KEY) return make();
  const known = runs.get(key);
  if (known !== undefined) return known;
  const run = make();
  if (runs.size >= MAX_RUNS) runs.clear();
  runs.set(key, run);
  keys.set(run, key);
  return run;
}

/** Key of a constant; of those only whose text tells all about them. */
export function constantKey(value: CelValue): string | undefined {
  switch (typeof value) {
    case 'string':
      return `text ${value}`;
    case 'bigint':
      return `int ${value}`;
    case 'boolean':
      return `bool ${value}`;
    default:
      return undefined;
  }
}

/** Key of a path of constant steps from a root that is itself shared. */
export function pathKey(
  use: 'run' | 'resolve',
  { root, qualifiers, isFree = false, isComposed = false }: Attribute & { readonly kind: 'path' },
): string | undefined {
  const from = keys.get(root);
  if (from === undefined) return undefined;
  const steps = qualifiers.map(stepKey);
  if (steps.includes(undefined)) return undefined;
  return `${use} ${isFree} ${isComposed} ${JSON.stringify([from, ...steps])}`;
}

function stepKey({ key, isOptional, isTest }: Qualifier): string | undefined {
  const constant = key === undefined ? undefined : constantKey(key);
  return constant === undefined ? undefined : `${isOptional} ${isTest} ${constant}`;
}
