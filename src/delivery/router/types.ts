import type { Canary } from '../../domain/canary.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../domain/object.ts';
import type { Strategy, Weights } from '../../domain/run.ts';
import type { DeliveryNames } from '../names.ts';
import type { ObjectWrite } from '../object-write.ts';
import type { PluginDocs } from '../plugin-docs.ts';
import type { Problem } from '../problem.ts';
import type { SessionCookies } from '../session-affinity.ts';
import type { SelectorLabel } from '../workload/types.ts';

/** What a router can do; shared code asks this, never which router it is. */
export interface RouterCapabilities {
  /** Moves live traffic by weight. */
  readonly weighted: boolean;
  /** Sends copies of requests to the canary. */
  readonly mirror: boolean;
  /** Whether it also does so before the first step of a run with weights; else only while iterating. */
  readonly mirrorsWeighted: boolean;
  /** Routes by header or cookie. */
  readonly match: boolean;
  /** Keeps a client on the side that it got. */
  readonly affinity: boolean;
}

/** The router's part of the configuration. */
export interface RouterOptions {
  /** Class of generated Ingresses; '' leaves it out. */
  readonly ingressClass: string;
  /** Prefix of an ingress controller's annotations, without the slash. */
  readonly ingressAnnotationsPrefix: string;
}

/** What a route is made from, beside weights. */
export interface RouteContext {
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly strategy: Strategy;
  readonly cookies: SessionCookies;
  readonly options: RouterOptions;
  /**
   * The objects that the data plane served last, while it cannot do what the spec asks for: only the weights may differ
   * from them.
   */
  readonly served?: LiveObjects;
  /** By which label the Canary's Services select pods; absent while the target is missing or has none of them. */
  readonly selector?: SelectorLabel;
}

/** The live route. `problem`: its data plane has not taken it over, so raising a weight would mean nothing. */
export interface RouteObservation {
  readonly present: boolean;
  readonly weights: Weights;
  /** Whether it differs from what the spec says with these weights. */
  readonly drifted: boolean;
  readonly problem?: Problem;
  /** Whether the data plane has said that it will not serve the route, so that waiting does not help. */
  readonly refused?: boolean;
}

/** One object that a router looks at. */
export interface RouteObject {
  readonly type: ResourceType;
  readonly key: ObjectKey;
}

/** Objects as they are live, in the order of `Router.objects`; undefined where there is none. */
export type LiveObjects = readonly (KubeObject | undefined)[];

/** Reads one object. Rejects with `ClusterError`; `NotFound` says that its kind is not served. */
export type ReadObject = (type: ResourceType, key: ObjectKey) => Promise<KubeObject | undefined>;

/** One routing provider. It decides; callers read and write. */
export interface Router {
  /** Values of `spec.provider` that mean this router. */
  readonly providers: readonly string[];
  readonly capabilities: RouterCapabilities;
  /** For the generated reference. */
  readonly docs?: PluginDocs;
  /** Name of the family of builtin queries. */
  readonly metricFamily: string;
  /** Kinds of what it writes, so that changes are seen without asking; each may be absent from the cluster. */
  readonly kinds: readonly ResourceType[];
  /** What it looks at for one Canary. */
  objects(context: RouteContext): readonly RouteObject[];
  /** What the Canary's spec lacks, asks for in vain or refers to in vain; asked before anything is created. */
  check(context: RouteContext, read: ReadObject): Promise<Problem | undefined>;
  /** What the live objects say. Pure. */
  observe(live: LiveObjects, context: RouteContext): RouteObservation;
  /** What makes the route be what the spec says with these weights, as a whole; empty when it is. Pure. */
  writes(live: LiveObjects, context: RouteContext, weights: Weights): readonly ObjectWrite[];
  /** What gives an object that was there before back to its owner, when the Canary is deleted. Pure. */
  revert?(live: LiveObjects, context: RouteContext): readonly ObjectWrite[];
}

export const ALL_TO_PRIMARY: Weights = { primary: 100, canary: 0, mirrored: false };
