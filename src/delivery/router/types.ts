import type { Canary } from '../../domain/canary.ts';
import type { ObjectClient } from '../../domain/client.ts';
import type { KubeObject, ResourceType } from '../../domain/object.ts';
import type { Weights } from '../../domain/run.ts';
import type { DeliveryNames } from '../names.ts';
import type { Problem } from '../problem.ts';

/** What a router can do; shared code asks this, never which router it is. */
export interface RouterCapabilities {
  /** Moves live traffic by weight. */
  readonly weighted: boolean;
  /** Sends copies of requests to the canary. */
  readonly mirror: boolean;
  /** Routes by header or cookie. */
  readonly match: boolean;
}

/** Which labels the builtin queries look for. */
export type MetricFamily = 'pods';

export interface RouterContext {
  readonly client: ObjectClient;
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly signal: AbortSignal;
}

/** The live route. `problem`: its data plane has not taken it over, so raising a weight would mean nothing. */
export interface RouteObservation {
  readonly present: boolean;
  readonly weights: Weights;
  /** Whether it differs from what the spec says with these weights. */
  readonly drifted: boolean;
  readonly problem?: Problem;
}

/** The kind of object that a router writes, so that its changes are seen without asking. */
export interface WatchedRoute {
  readonly resource: ResourceType;
  /**
   * What the live object says; pure.
   * @param live undefined when there is none
   */
  observe(
    live: KubeObject | undefined,
    context: Pick<RouterContext, 'canary' | 'names'>,
  ): RouteObservation;
}

/** One routing provider. Every method is idempotent and rejects with `ClusterError` or `ProblemError`. */
export interface Router {
  /** Values of `spec.provider` that mean this router. */
  readonly providers: readonly string[];
  readonly capabilities: RouterCapabilities;
  readonly metricFamily: MetricFamily;
  /** Named after the apex, in the Canary's namespace; undefined when it writes nothing. */
  readonly watched: WatchedRoute | undefined;
  /** What the Canary's spec lacks or refers to in vain; asked before anything is created. */
  check(context: RouterContext): Promise<Problem | undefined>;
  observe(context: RouterContext): Promise<RouteObservation>;
  /**
   * Makes the route be what the spec says with these weights, creating or repairing it as a whole.
   * @returns whether something was written
   */
  apply(context: RouterContext, weights: Weights): Promise<boolean>;
}

export const ALL_TO_PRIMARY: Weights = { primary: 100, canary: 0, mirrored: false };
