import { rfc3339 } from '../../domain/clock.ts';
import type { KubeObject } from '../../domain/object.ts';
import {
  SUPPORTED_FILTERS,
  type HttpRoute,
  type ParentReference,
  type RouteParentStatus,
} from './route.ts';

/** The controller name in statuses and in the sandbox's GatewayClass. */
export const CONTROLLER_NAME = 'sluice.dev/sandbox-gateway';

export interface RouteSurroundings {
  readonly gateways: readonly KubeObject[];
  /** `namespace/name` of the Services that exist. */
  readonly services: ReadonlySet<string>;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/**
 * What the gateway writes into `status.parents` of a route: one entry for each parent that is one of its gateways,
 * Accepted unless a filter is not supported, ResolvedRefs when every backend Service exists.
 */
export function routeParents(
  route: HttpRoute,
  { gateways, services, nowMs }: RouteSurroundings,
): RouteParentStatus[] {
  const namespace = route.metadata.namespace ?? '';
  const unsupported = unsupportedFilter(route);
  const missing = missingBackend(route, services);
  const parents: RouteParentStatus[] = [];
  for (const parentRef of route.spec.parentRefs ?? []) {
    if (!gateways.some((gateway) => refersTo(parentRef, namespace, gateway))) continue;
    const known = route.status?.parents?.find((parent) => sameParent(parent.parentRef, parentRef));
    const condition = (
      type: string,
      problem: { reason: string; message: string } | undefined,
    ): RouteParentStatus['conditions'][number] => {
      const status = problem === undefined ? 'True' : 'False';
      const before = known?.conditions.find((one) => one.type === type);
      const lastTransitionTime =
        before?.status === status ? before.lastTransitionTime : rfc3339(nowMs);
      const { reason, message } = problem ?? { reason: type, message: '' };
      const observedGeneration = route.metadata.generation ?? 1;
      return { type, status, reason, message, observedGeneration, lastTransitionTime };
    };
    parents.push({
      parentRef,
      controllerName: CONTROLLER_NAME,
      conditions: [condition('Accepted', unsupported), condition('ResolvedRefs', missing)],
    });
  }
  return parents;
}

/** Whether a parent reference names this Gateway. */
export function refersTo(
  reference: ParentReference,
  routeNamespace: string,
  gateway: KubeObject,
): boolean {
  return (
    (reference.kind ?? 'Gateway') === 'Gateway' &&
    reference.name === gateway.metadata.name &&
    (reference.namespace ?? routeNamespace) === gateway.metadata.namespace
  );
}

function sameParent(a: ParentReference, b: ParentReference): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.sectionName === b.sectionName;
}

function unsupportedFilter(route: HttpRoute): { reason: string; message: string } | undefined {
  const rules = route.spec.rules ?? [];
  const filters = rules.flatMap((rule) => [
    ...(rule.filters ?? []),
    ...(rule.backendRefs ?? []).flatMap((backend) => backend.filters ?? []),
  ]);
  const bad = filters.find(({ type }) => !SUPPORTED_FILTERS.has(type));
  return bad === undefined
    ? undefined
    : { reason: 'UnsupportedValue', message: `the sandbox's gateway has no filter ${bad.type}` };
}

function missingBackend(
  route: HttpRoute,
  services: ReadonlySet<string>,
): { reason: string; message: string } | undefined {
  const namespace = route.metadata.namespace ?? '';
  for (const rule of route.spec.rules ?? []) {
    for (const backend of rule.backendRefs ?? []) {
      const key = `${backend.namespace ?? namespace}/${backend.name}`;
      if (!services.has(key)) {
        return { reason: 'BackendNotFound', message: `Service ${key} does not exist` };
      }
    }
  }
  return undefined;
}
