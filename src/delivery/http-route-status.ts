import type {
  HttpRoute,
  ParentReference,
  ParentStatus,
  RouteCondition,
} from './http-route-object.ts';
import type { Problem } from './problem.ts';

/** What a gateway says against the route; `refused`: it will not serve it, however long one waits. */
export interface RouteRefusal {
  readonly problem: Problem;
  readonly refused: boolean;
}

/**
 * What the gateways that the route names say against it: a parent that has not answered says nothing, one that answered
 * for an earlier generation has not seen the route yet.
 */
export function refusalOf(route: HttpRoute): RouteRefusal | undefined {
  for (const parent of route.status?.parents ?? []) {
    const isNamed = (route.spec.parentRefs ?? []).some((reference) =>
      refersTo(parent, reference, route),
    );
    const found = isNamed ? refusalBy(parent, route) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function refusalBy(parent: ParentStatus, route: HttpRoute): RouteRefusal | undefined {
  const generation = route.metadata.generation ?? 0;
  const { name, namespace = '' } = route.metadata;
  const what = `HTTPRoute ${name}.${namespace} parent ${parent.parentRef?.name ?? ''}`;
  const accepted = conditionOf(parent, 'Accepted');
  if (accepted === undefined) return undefined;
  if ((accepted.observedGeneration ?? generation) < generation) {
    const message = `${what} is not ready, it has not seen the latest change`;
    return { refused: false, problem: { reason: 'RouteNotAccepted', message } };
  }
  if (accepted.status !== 'True') {
    const message = `${what} is not ready, status is ${accepted.status}${becauseOf(accepted)}`;
    const refused = accepted.status === 'False';
    return { refused, problem: { reason: 'RouteNotAccepted', message } };
  }
  const resolved = conditionOf(parent, 'ResolvedRefs');
  if (resolved?.status !== 'False' || isWithoutPods(resolved)) return undefined;
  const message = `${what} does not find what the route refers to${becauseOf(resolved)}`;
  return { refused: true, problem: { reason: 'RouteRefsNotResolved', message } };
}

/** A Service without pods is no wrong reference: the canary's has none between rollouts. */
function isWithoutPods({ reason = '' }: RouteCondition): boolean {
  return /endpoint/i.test(reason);
}

function becauseOf({ reason = '' }: RouteCondition): string {
  return /^[A-Za-z]{1,64}$/.test(reason) ? ` (${reason})` : '';
}

function conditionOf({ conditions }: ParentStatus, type: string): RouteCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function refersTo(
  { parentRef = {} }: ParentStatus,
  reference: ParentReference,
  { metadata }: HttpRoute,
): boolean {
  const { namespace = '' } = metadata;
  return (
    parentRef.name === reference.name &&
    (parentRef.namespace ?? namespace) === (reference.namespace ?? namespace) &&
    parentRef.sectionName === reference.sectionName &&
    parentRef.port === reference.port
  );
}
