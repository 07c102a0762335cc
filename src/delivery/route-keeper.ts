import type { Canary } from '../domain/canary.ts';
import type { Problem } from './problem.ts';
import type { LiveObjects, RouteContext, RouteObservation, Router } from './router/types.ts';

/** What was seen of one Canary's route. */
export interface SeenRoute {
  readonly router: Router;
  readonly context: RouteContext;
  readonly live: LiveObjects;
  /** What the router says about spec and surroundings. */
  readonly checked: Problem | undefined;
}

/** A route as it was observed, and what the next write of it is made from. */
export interface JudgedRoute {
  readonly route: RouteObservation;
  readonly context: RouteContext;
  /** The spec of this generation was refused. */
  readonly refusal?: Problem;
}

interface Refusal {
  readonly generation: number;
  readonly problem: Problem;
}

/**
 * Remembers which route the data plane served, so that one that it refuses after a change is rolled back to that one, and
 * stays so until the Canary's spec changes. After a restart the first look that has no problem counts.
 */
export class RouteKeeper {
  #served: LiveObjects | undefined;
  #refusal: Refusal | undefined;

  /** What the live objects say, in the light of what was served before. */
  judge(seen: SeenRoute): JudgedRoute {
    const { router, context, live, checked } = seen;
    const plain = router.observe(live, context);
    this.#remember(seen, plain);
    const served = this.#keeps(live, checked) ? (this.#served ?? live) : undefined;
    const kept = served === undefined ? context : { ...context, served };
    const observed = served === undefined ? plain : router.observe(live, kept);
    const judged = { route: this.#refusing(observed, plain), context: kept };
    return this.#refusal === undefined ? judged : { ...judged, refusal: this.#refusal.problem };
  }

  #remember(seen: SeenRoute, plain: RouteObservation): void {
    const { canary } = seen.context;
    if (this.#refusal?.generation !== (canary.metadata.generation ?? 0)) this.#refusal = undefined;
    if (plain.refused === true && this.#isChanged(seen, plain)) {
      this.#refusal = refusalOf(canary, plain);
    }
    if (plain.present && plain.problem === undefined) this.#served = seen.live;
  }

  /** What the spec asks for cannot be served, so that no more of it than the weights may be written. */
  #keeps(live: LiveObjects, checked: Problem | undefined): boolean {
    const isThere = live.some((object) => object !== undefined);
    if (!isThere) return false;
    if (checked?.reason === 'RouteUnsupported') return true;
    return this.#refusal !== undefined && this.#served !== undefined;
  }

  /** A refusal of what was served before is no answer to a change: the gateway's own trouble, which may pass. */
  #isChanged({ router, context, live }: SeenRoute, { weights }: RouteObservation): boolean {
    const served = this.#served;
    if (served === undefined) return weights.mirrored;
    return router.writes(live, { ...context, served }, weights).length > 0;
  }

  /** `refused` stays only where it is an answer to a change; its problem stays until the spec changes. */
  #refusing(observed: RouteObservation, plain: RouteObservation): RouteObservation {
    const { present, weights, drifted } = observed;
    const problem = this.#refusal?.problem ?? observed.problem;
    const isRefused = this.#refusal !== undefined && plain.refused === true;
    return {
      present,
      weights,
      drifted,
      ...(problem === undefined ? {} : { problem }),
      ...(isRefused ? { refused: true } : {}),
    };
  }
}

function refusalOf({ metadata }: Canary, { problem }: RouteObservation): Refusal {
  const message = problem?.message ?? 'the route is refused';
  return { generation: metadata.generation ?? 0, problem: { reason: 'RouteRefused', message } };
}
