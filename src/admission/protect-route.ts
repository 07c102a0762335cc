import type { Json } from '../lib/lossless-json.ts';
import { at, listAt, numberAt, textAt, without } from './protect-fields.ts';
import { CANARY_SUFFIX, routeSpecIssues, type Share } from './protect-shares.ts';

/**
 * What of a generated HTTPRoute only Sluice may change: its whole spec. Lowering the canary's share by hand stays
 * allowed. Labels, annotations and status are free: gateways and meshes write them.
 */
export function routeIssues(object: Json, oldObject: Json): string[] {
  const path = 'spec.rules[].backendRefs[].weight';
  return routeSpecIssues(object, oldObject, { path, shares, others });
}

function shares(route: Json): Share[] {
  const backends = listAt(route, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'));
  return backends.map((backend) => ({
    isCanary: textAt(backend, 'name').endsWith(CANARY_SUFFIX),
    // Gateway API's default is 1.
    weight: numberAt(backend, 'weight') ?? 1,
  }));
}

function others(route: Json): Json {
  const rules = listAt(route, 'spec', 'rules').map((rule) => [
    without(rule, 'backendRefs'),
    listAt(rule, 'backendRefs').map((backend) => without(backend, 'weight')),
  ]);
  return [without(at(route, 'spec'), 'rules'), rules];
}
