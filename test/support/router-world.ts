import { observeRoute } from '../../src/delivery/observe-route.ts';
import { namesOf } from '../../src/delivery/names.ts';
import { writeObjects } from '../../src/delivery/object-write.ts';
import type { Problem } from '../../src/delivery/problem.ts';
import { RouteKeeper } from '../../src/delivery/route-keeper.ts';
import type {
  LiveObjects,
  ReadObject,
  RouteContext,
  RouteObservation,
  Router,
} from '../../src/delivery/router/types.ts';
import type { Canary } from '../../src/domain/canary.ts';
import type { Weights } from '../../src/domain/run.ts';
import { VirtualClock } from '../../src/domain/virtual-clock.ts';
import { MemoryClient } from './memory-client.ts';

/** A router, a Canary and a store: the router is asked and obeyed as the executor does it. */
export class RouterWorld {
  readonly client = new MemoryClient(new VirtualClock());
  readonly router: Router;
  context: RouteContext;
  readonly #keeper = new RouteKeeper();
  #judged: RouteContext | undefined;

  constructor(router: Router, canary: Canary, context: Partial<RouteContext> = {}) {
    this.router = router;
    this.context = {
      canary,
      names: namesOf(canary),
      strategy: 'canary',
      cookies: {},
      options: { ingressClass: '', ingressAnnotationsPrefix: 'nginx.ingress.kubernetes.io' },
      ...context,
    };
  }

  readonly #read: ReadObject = (type, key) => this.client.get(type, key);

  live(): Promise<LiveObjects> {
    const objects = this.router.objects(this.context);
    return Promise.all(objects.map(({ type, key }) => this.client.get(type, key)));
  }

  check(): Promise<Problem | undefined> {
    return this.router.check(this.context, this.#read);
  }

  async observe(): Promise<RouteObservation> {
    const { route, context } = await observeRoute(
      this.router,
      this.context,
      this.#read,
      this.#keeper,
    );
    this.#judged = context;
    return route;
  }

  /**
   * Writes as the executor does after the last look.
   * @returns whether something was written
   */
  async apply(weights: Weights): Promise<boolean> {
    const { served } = this.#judged ?? {};
    const context = { ...this.context, ...(served === undefined ? {} : { served }) };
    const writes = this.router.writes(await this.live(), context, weights);
    return writeObjects(this.client, writes, new AbortController().signal);
  }

  /** @returns whether something was written */
  async revert(): Promise<boolean> {
    const writes = this.router.revert?.(await this.live(), this.context) ?? [];
    return writeObjects(this.client, writes, new AbortController().signal);
  }
}
