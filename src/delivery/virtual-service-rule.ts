import type { Canary, CanaryService } from '../domain/canary.ts';
import type { DeliveryNames } from './names.ts';
import type { SessionCookies } from './session-affinity.ts';

/** Where a rule sends a share of what it matches. */
export interface RouteDestination {
  readonly destination: { readonly host: string; readonly port?: { readonly number: number } };
  readonly weight?: number;
  readonly headers?: { readonly response?: { readonly add?: Readonly<Record<string, string>> } };
}

/** A rule of a VirtualService: the members that decide traffic; the others come from `spec.service` as they are. */
export interface HttpRule {
  readonly match?: readonly Record<string, unknown>[];
  readonly route: readonly RouteDestination[];
  readonly mirror?: { readonly host: string };
  readonly mirrorPercentage?: { readonly value: number };
  readonly [member: string]: unknown;
}

/** What a VirtualService is made from. */
export interface VirtualServiceSource {
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly cookies: SessionCookies;
}

/** Istio's name for all sidecars. */
export const MESH = 'mesh';

/** `spec.service.gateways`. */
export function gatewaysOf({ gateways }: CanaryService): readonly string[] {
  return Array.isArray(gateways) ? (gateways as string[]) : [];
}

/**
 * One destination. With discovered ports a Service has several, and a rule that gateways use says which one is meant.
 * @param weight percent
 */
export function destinationOf(
  host: string,
  service: CanaryService,
  weight: number,
): RouteDestination {
  const first = gatewaysOf(service)[0];
  const byGateway = first !== undefined && first !== MESH;
  const isNamed = service.portDiscovery === true && (byGateway || service['delegation'] === true);
  const destination = isNamed ? { host, port: { number: service.port } } : { host };
  return { destination, weight };
}
