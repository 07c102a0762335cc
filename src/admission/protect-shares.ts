import type { Json } from '../lib/lossless-json.ts';
import { at, same } from './protect-fields.ts';

/** A part of a route that gets a share of the traffic. */
export interface Share {
  readonly isCanary: boolean;
  readonly weight: number;
}

/** How one kind of route says who gets how much. */
export interface ShareShape {
  /** Path of the weights, as messages name it. */
  readonly path: string;
  /** Every share, in an order that depends on nothing but what `others` contains. */
  readonly shares: (route: Json) => readonly Share[];
  /** The spec without what lowering the canary's share changes. */
  readonly others: (route: Json) => Json;
}

/** Names of Services that lead to a canary end so. */
export const CANARY_SUFFIX = '-canary';

/**
 * What speaks against a change of the spec of a generated route: all of it is Sluice's but the canary's share, which
 * everybody may lower.
 */
export function routeSpecIssues(object: Json, oldObject: Json, shape: ShareShape): string[] {
  const [spec, oldSpec] = [at(object, 'spec'), at(oldObject, 'spec')];
  if (same(spec, oldSpec)) return [];
  if (same(shape.others(object), shape.others(oldObject))) {
    return lowers(shape.shares(object), shape.shares(oldObject))
      ? []
      : [`${shape.path}: the canary's share may be lowered by hand, never raised`];
  }
  return changedFields(spec, oldSpec).map(
    (field) => `spec.${field}: follows from the Canary's spec.service; change it there`,
  );
}

/** Names of the members in which two specs differ. */
export function changedFields(spec: Json | undefined, oldSpec: Json | undefined): string[] {
  const fields = new Set([...Object.keys(spec ?? {}), ...Object.keys(oldSpec ?? {})]);
  return [...fields].filter((field) => !same(at(spec, field), at(oldSpec, field)));
}

/** Whether no canary gets more and nothing else gets less. */
function lowers(after: readonly Share[], before: readonly Share[]): boolean {
  return after.every(({ isCanary, weight }, index) => {
    const from = before[index]?.weight ?? 0;
    return isCanary ? weight <= from : weight >= from;
  });
}
