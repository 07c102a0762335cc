import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { ownerOf, type DeliveryNames } from './names.ts';

export interface DestinationRule extends KubeObject {
  readonly spec: { readonly host: string; readonly trafficPolicy?: unknown };
}

/**
 * The DestinationRule of one side of a Canary, as Flagger writes it: `spec.service.trafficPolicy` as a whole, and no
 * labels or annotations.
 * @param host the side's Service, which gives the rule its name
 */
export function destinationRuleOf(
  canary: Canary,
  { namespace }: DeliveryNames,
  host: string,
): DestinationRule {
  const { group, version, kind } = RESOURCES.destinationRules;
  const trafficPolicy = canary.spec.service?.['trafficPolicy'];
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name: host, namespace, ownerReferences: [ownerOf(canary)] },
    spec: { host, ...(trafficPolicy === undefined ? {} : { trafficPolicy }) },
  };
}
