import type { Clock } from '../../domain/clock.ts';
import type { ObjectClient } from '../../domain/client.ts';
import type { Logger } from '../../domain/logger.ts';
import { keyOf, keyText, type KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { LiveStore } from '../live-store.ts';
import type { NetworkAnswer, NetworkRequest, SandboxNetwork } from '../network.ts';
import { isSameJson } from '../same-json.ts';
import { SANDBOX_RESOURCES, type Endpoints, type Service } from '../objects.ts';
import { filterHeaders } from './header-filter.ts';
import { matchRoute, type MatchedRule } from './match-route.ts';
import type { HttpRoute, RouteBackend, RouteFilter } from './route.ts';
import { refersTo, routeParents } from './route-status.ts';
import { WeightedChoice } from './weighted-choice.ts';

export interface GatewayOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  readonly network: SandboxNetwork;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Requests that the gateway sent to one Service, by class of the answer. */
export interface BackendTally {
  requests: number;
  serverErrors: number;
  /** No pod was ready, or the pod did not answer. */
  unanswered: number;
  totalSeconds: number;
}

interface RuleChoice {
  readonly generation: number | undefined;
  readonly choice: WeightedChoice;
}

/**
 * A weighted HTTP gateway: obeys every HTTPRoute that names one of the cluster's Gateways, and says so in the route's
 * status. Shares are exact (see {@link WeightedChoice}); a Service's ready pods take turns.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #routes: LiveStore<HttpRoute>;
  readonly #gateways: LiveStore<KubeObject>;
  readonly #services: LiveStore<Service>;
  readonly #endpoints: LiveStore<Endpoints>;
  readonly #choices = new Map<string, RuleChoice>();
  readonly #turns = new Map<string, number>();
  readonly #tally = new Map<string, BackendTally>();

  constructor(options: GatewayOptions) {
    this.#options = options;
    const ignore = (): void => undefined;
    const reviewAll = (): void => {
      for (const route of this.#routes.list()) void this.#review(route);
    };
    this.#routes = new LiveStore<HttpRoute>(RESOURCES.httpRoutes, {
      ...options,
      onChange: (object, gone) => {
        const route = gone ? undefined : this.#routes.get(keyOf(object));
        if (route !== undefined) void this.#review(route);
      },
    });
    this.#gateways = new LiveStore(RESOURCES.gateways, { ...options, onChange: reviewAll });
    this.#services = new LiveStore(RESOURCES.services, { ...options, onChange: reviewAll });
    this.#endpoints = new LiveStore(SANDBOX_RESOURCES.endpoints, { ...options, onChange: ignore });
  }

  async start(): Promise<void> {
    await this.#endpoints.start();
    await this.#services.start();
    await this.#gateways.start();
    await this.#routes.start();
  }

  /** Requests so far by `namespace/service`. */
  tally(): ReadonlyMap<string, Readonly<BackendTally>> {
    return this.#tally;
  }

  /** Answers one request from outside: 404 without a route, 500 without a backend, 503 without a ready pod. */
  async handle(request: NetworkRequest): Promise<NetworkAnswer> {
    const matched = matchRoute(this.#attachedRoutes(), request);
    if (matched === undefined) return plain(404, 'no route');
    const backend = this.#choose(matched);
    if (backend === undefined) return plain(500, 'no backend');
    const filters = [...(matched.rule.filters ?? []), ...(backend.filters ?? [])];
    this.#mirror(matched, filters, request);
    const headers = filterHeaders(request.headers, filters, 'request');
    const answer = await this.#forward(matched.route, backend, { ...request, headers });
    return { ...answer, headers: filterHeaders(answer.headers, filters, 'response') };
  }

  #attachedRoutes(): HttpRoute[] {
    const gateways = this.#gateways.list();
    return this.#routes.list().filter((route) => {
      const namespace = route.metadata.namespace ?? '';
      return (route.spec.parentRefs ?? []).some((reference) =>
        gateways.some((gateway) => refersTo(reference, namespace, gateway)),
      );
    });
  }

  #choose({ route, index, rule }: MatchedRule): RouteBackend | undefined {
    const backends = rule.backendRefs ?? [];
    const key = `${keyText(keyOf(route))}#${index}`;
    const { generation } = route.metadata;
    let known = this.#choices.get(key);
    if (known === undefined || known.generation !== generation) {
      known = {
        generation,
        choice: new WeightedChoice(backends.map(({ weight = 1 }) => weight)),
      };
      this.#choices.set(key, known);
    }
    const chosen = known.choice.next();
    return chosen === undefined ? undefined : backends[chosen];
  }

  #mirror(matched: MatchedRule, filters: readonly RouteFilter[], request: NetworkRequest): void {
    for (const { requestMirror } of filters) {
      if (requestMirror === undefined) continue;
      // The copy must not end with the request it was made from, and nobody reads its answer.
      const copy = { ...request, signal: this.#options.signal };
      void this.#forward(matched.route, requestMirror.backendRef, copy);
    }
  }

  async #forward(
    route: HttpRoute,
    backend: RouteBackend,
    request: NetworkRequest,
  ): Promise<NetworkAnswer> {
    const { clock, network } = this.#options;
    const namespace = backend.namespace ?? route.metadata.namespace ?? '';
    const tally = this.#tallyOf(`${namespace}/${backend.name}`);
    const address = this.#nextPod(namespace, backend);
    tally.requests += 1;
    if (address === undefined) {
      tally.unanswered += 1;
      return plain(503, 'no ready pod');
    }
    const startedAt = clock.monotonic();
    try {
      const answer = await network.request(address, request);
      if (answer.status >= 500) tally.serverErrors += 1;
      return answer;
    } catch {
      tally.unanswered += 1;
      return plain(502, 'the pod did not answer');
    } finally {
      tally.totalSeconds += (clock.monotonic() - startedAt) / 1000;
    }
  }

  #nextPod(namespace: string, backend: RouteBackend): string | undefined {
    const service = this.#services.get({ namespace, name: backend.name });
    const wanted = service?.spec.ports?.findIndex(({ port }) => port === backend.port) ?? 0;
    const subsets = this.#endpoints.get({ namespace, name: backend.name })?.subsets ?? [];
    const addresses = subsets.flatMap(({ addresses = [], ports }) => {
      const port = ports[Math.max(0, wanted)]?.port;
      return port === undefined ? [] : addresses.map(({ ip }) => `${ip}:${port}`);
    });
    const key = `${namespace}/${backend.name}`;
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return addresses[turn % addresses.length];
  }

  #tallyOf(key: string): BackendTally {
    let tally = this.#tally.get(key);
    if (tally === undefined) {
      tally = { requests: 0, serverErrors: 0, unanswered: 0, totalSeconds: 0 };
      this.#tally.set(key, tally);
    }
    return tally;
  }

  async #review(route: HttpRoute): Promise<void> {
    const { clock, logger, signal } = this.#options;
    const services = new Set(this.#services.list().map((service) => keyText(keyOf(service))));
    const gateways = this.#gateways.list();
    const parents = routeParents(route, { gateways, services, nowMs: clock.now() });
    if (isSameJson(route.status?.parents ?? [], parents)) return;
    try {
      await this.#routes.replaceStatus({ ...route, status: { ...route.status, parents } });
    } catch (error) {
      // A conflict means that a newer route is on its way here, which is then reviewed in its turn.
      if (!signal.aborted) logger.debug({ err: error }, 'route status not written');
    }
  }
}

function plain(status: number, body: string): NetworkAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}
