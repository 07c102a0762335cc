import type { Json } from '../lib/lossless-json.ts';
import { at, listAt, numberAt, textAt, without } from './protect-fields.ts';
import { CANARY_SUFFIX, changedFields, routeSpecIssues, type Share } from './protect-shares.ts';

/**
 * What of a generated VirtualService only Sluice may change: its whole spec. Lowering the canary's share by hand, and
 * ending a mirror, stay allowed.
 */
export function virtualServiceIssues(object: Json, oldObject: Json): string[] {
  const path = 'spec.http[].route[].weight, spec.http[].mirror';
  return routeSpecIssues(object, oldObject, { path, shares, others });
}

/** What of a generated DestinationRule only Sluice may change: its whole spec. */
export function destinationRuleIssues(object: Json, oldObject: Json): string[] {
  return changedFields(at(object, 'spec'), at(oldObject, 'spec')).map(
    (field) =>
      `spec.${field}: follows from the Canary's spec.service.trafficPolicy; change it there`,
  );
}

const LISTS = ['http', 'tcp'] as const;

function rulesOf(route: Json): readonly Json[] {
  return LISTS.flatMap((list) => listAt(route, 'spec', list));
}

function shares(route: Json): Share[] {
  return rulesOf(route).flatMap((rule) => {
    const routes = listAt(rule, 'route');
    const weights = routes.map((each) => ({
      isCanary: textAt(each, 'destination', 'host').endsWith(CANARY_SUFFIX),
      // What Istio makes of a weight that is left out.
      weight: numberAt(each, 'weight') ?? (routes.length === 1 ? 100 : 0),
    }));
    return [...weights, { isCanary: true, weight: mirroredPercent(rule) }];
  });
}

/** All requests are mirrored unless the rule says how many. */
function mirroredPercent(rule: Json): number {
  if (at(rule, 'mirror') === undefined) return 0;
  return numberAt(rule, 'mirrorPercentage', 'value') ?? 100;
}

function others(route: Json): Json {
  const rules = rulesOf(route).map((rule) => [
    without(rule, 'route', 'mirror', 'mirrorPercentage'),
    listAt(rule, 'route').map((each) => without(each, 'weight')),
  ]);
  return [without(at(route, 'spec'), ...LISTS), rules];
}
