import type { KubeObject } from '../../domain/object.ts';

/** gateway.networking.k8s.io/v1 HTTPRoute: the fields that the sandbox's gateway reads. */
export interface HttpRoute extends KubeObject {
  spec: {
    parentRefs?: ParentReference[];
    hostnames?: string[];
    rules?: RouteRule[];
  };
  status?: { parents?: RouteParentStatus[] };
}

export interface ParentReference {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}

export interface RouteRule {
  matches?: RouteMatch[];
  filters?: RouteFilter[];
  backendRefs?: RouteBackend[];
  [field: string]: unknown;
}

export interface ValueMatch {
  type?: 'Exact' | 'RegularExpression';
  name: string;
  value: string;
}

export interface RouteMatch {
  path?: { type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; value?: string };
  method?: string;
  headers?: ValueMatch[];
  queryParams?: ValueMatch[];
}

export interface HeaderFilter {
  set?: { name: string; value: string }[];
  add?: { name: string; value: string }[];
  remove?: string[];
}

export interface RouteFilter {
  type: string;
  requestHeaderModifier?: HeaderFilter;
  responseHeaderModifier?: HeaderFilter;
  requestMirror?: { backendRef: RouteBackend };
}

export interface RouteBackend {
  group?: string;
  kind?: string;
  name: string;
  namespace?: string;
  port?: number;
  /** Share relative to the others of the rule; 1 when absent, 0 takes no traffic. */
  weight?: number;
  filters?: RouteFilter[];
}

export interface RouteParentStatus {
  parentRef: ParentReference;
  controllerName: string;
  conditions: {
    type: string;
    status: 'True' | 'False';
    reason: string;
    message: string;
    observedGeneration: number;
    lastTransitionTime: string;
  }[];
}

/** Filters that the gateway carries out; a route with another is not accepted. */
export const SUPPORTED_FILTERS: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestMirror',
]);
