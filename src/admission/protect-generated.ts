import { isLeftToFlagger } from '../delivery/executor-choice.ts';
import { isOwnRevision } from '../delivery/revision.ts';
import type { Canary } from '../domain/canary.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { CanarySurroundings } from './protect-canary.ts';
import { primaryIssues } from './protect-deployment.ts';
import { canaryOwners, sameCanaryOwners, type CanaryOwner } from './protect-fields.ts';
import { canaryIngressIssues } from './protect-ingress.ts';
import { destinationRuleIssues, virtualServiceIssues } from './protect-istio.ts';
import { routeIssues } from './protect-route.ts';
import { serviceIssues } from './protect-service.ts';
import type { Review } from './review-codec.ts';

/** What of each kind that a Canary may generate only Sluice may change. */
const FIELDS: Readonly<Record<string, (object: Json, oldObject: Json) => string[]>> = {
  'apps/deployments': primaryIssues,
  'gateway.networking.k8s.io/httproutes': routeIssues,
  'networking.istio.io/virtualservices': virtualServiceIssues,
  'networking.istio.io/destinationrules': destinationRuleIssues,
  'networking.k8s.io/ingresses': canaryIngressIssues,
  '/services': serviceIssues,
};

/** Whether a Canary owns the object, or did before this write, and its kind is one that Canaries generate. */
export function isGeneratedByCanary({ request, object, oldObject }: Review): boolean {
  const { group, resource } = request.resource;
  if (!Object.hasOwn(FIELDS, `${group}/${resource}`) || (request.subResource ?? '') !== '') {
    return false;
  }
  return canaryOwners(object).length > 0 || canaryOwners(oldObject).length > 0;
}

/** What speaks against somebody else's write of an object that a Canary generated. */
export function generatedIssues(
  { request, object, oldObject }: Review,
  { canaries }: Pick<CanarySurroundings, 'canaries'>,
): string[] {
  const known = canaries(request.namespace ?? '');
  if (isOfAnother(known, [...canaryOwners(object), ...canaryOwners(oldObject)])) return [];
  if (request.operation === 'CREATE') {
    return ['metadata.ownerReferences: only Sluice makes objects that belong to a Canary'];
  }
  if (request.operation === 'DELETE') {
    const alive = canaryOwners(oldObject).find(
      ({ uid }) =>
        known === undefined ||
        known.some(
          ({ metadata }) => metadata.uid === uid && metadata.deletionTimestamp === undefined,
        ),
    );
    return alive === undefined
      ? []
      : [`it carries the traffic of the Canary ${alive.name}, and goes when that is deleted`];
  }
  const owners = sameCanaryOwners(object, oldObject)
    ? []
    : ['metadata.ownerReferences: say to which Canary it belongs'];
  if (canaryOwners(oldObject).length === 0) return owners;
  const { group, resource } = request.resource;
  return [...owners, ...(FIELDS[`${group}/${resource}`]?.(object, oldObject) ?? [])];
}

/** Whether the Canaries are all run by somebody else, such as Flagger, or not yet run by anybody. */
function isOfAnother(
  known: readonly Canary[] | undefined,
  owners: readonly CanaryOwner[],
): boolean {
  return owners.every(({ uid }) => {
    const canary = known?.find(({ metadata }) => metadata.uid === uid);
    if (canary === undefined) return false;
    return isLeftToFlagger(canary) || !isOwnRevision(canary.status?.lastAppliedSpec ?? '');
  });
}
