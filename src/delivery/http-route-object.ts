import type { KubeObject } from '../domain/object.ts';
import type { RouteFilter } from './http-route-filters.ts';
import type { RouteMatch } from './http-route-matches.ts';

export interface ParentReference {
  group: string;
  kind: string;
  name: string;
  namespace?: string;
  sectionName?: string;
  port?: number;
}

export interface BackendReference {
  group?: string;
  kind?: string;
  name: string;
  port?: number;
  weight?: number;
  filters?: RouteFilter[];
}

export interface RouteRule {
  matches?: RouteMatch[];
  filters?: RouteFilter[];
  timeouts?: { request?: string; backendRequest?: string };
  backendRefs?: BackendReference[];
}

export interface HttpRoute extends KubeObject {
  spec: { parentRefs?: ParentReference[]; hostnames?: string[]; rules?: RouteRule[] };
  status?: { parents?: ParentStatus[] };
}

/** What one gateway's controller says about the route. */
export interface ParentStatus {
  parentRef?: Partial<ParentReference>;
  controllerName?: string;
  conditions?: RouteCondition[];
}

export interface RouteCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}
