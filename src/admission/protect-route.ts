import type { Json } from '../lib/lossless-json.ts';
import { at, listAt, numberAt, same, textAt, without } from './protect-fields.ts';

const CANARY_SUFFIX = '-canary';

/**
 * What of a generated HTTPRoute only Sluice may change: its whole spec. Lowering the canary's share by hand stays
 * allowed. Labels, annotations and status are free: gateways and meshes write them.
 */
export function routeIssues(object: Json, oldObject: Json): string[] {
  const [spec, oldSpec] = [at(object, 'spec'), at(oldObject, 'spec')];
  if (same(spec, oldSpec)) return [];
  if (same(withoutWeights(object), withoutWeights(oldObject))) {
    return lowers(object, oldObject)
      ? []
      : [
          "spec.rules[].backendRefs[].weight: the canary's share may be lowered by hand, never raised",
        ];
  }
  const fields = new Set([...Object.keys(spec ?? {}), ...Object.keys(oldSpec ?? {})]);
  return [...fields]
    .filter((field) => !same(at(spec, field), at(oldSpec, field)))
    .map((field) => `spec.${field}: follows from the Canary's spec.service; change it there`);
}

/** Whether no canary gets more and nothing else gets less. */
function lowers(object: Json, oldObject: Json): boolean {
  const after = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'));
  const before = listAt(oldObject, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'));
  return after.every((backend, index) => {
    const [to, from] = [weightOf(backend), weightOf(before[index])];
    return textAt(backend, 'name').endsWith(CANARY_SUFFIX) ? to <= from : to >= from;
  });
}

/** Gateway API's default is 1. */
function weightOf(backend: Json | undefined): number {
  return numberAt(backend, 'weight') ?? 1;
}

function withoutWeights(route: Json): Json {
  const rules = listAt(route, 'spec', 'rules').map((rule) => [
    without(rule, 'backendRefs'),
    listAt(rule, 'backendRefs').map((backend) => without(backend, 'weight')),
  ]);
  return [without(at(route, 'spec'), 'rules'), rules];
}
