import type { Canary } from '../../domain/canary.ts';
import type { ObjectClient } from '../../domain/client.ts';
import type { Clock } from '../../domain/clock.ts';
import { keyOf, keyText, type KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { RolloutRun } from '../../domain/run.ts';
import type { HttpRoute } from '../gateway/route.ts';
import { LiveStore } from '../live-store.ts';
import type { Deployment } from '../objects.ts';
import { apexNameOf, canaryWeightOf, holdOf } from './observe-rollout.ts';
import { EMPTY_TIMELINE, saw, type CanaryTimeline } from './timeline.ts';

export interface ObserverOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called for each new sight of a Canary, with its key text. */
  readonly onSight: (canary: string, what: keyof CanaryTimeline, timeline: CanaryTimeline) => void;
}

/** Watches Canaries, routes, runs and primaries through the API and keeps a timeline of each Canary. */
export class StoryObserver {
  readonly #options: ObserverOptions;
  readonly #timelines = new Map<string, CanaryTimeline>();
  readonly #listeners = new Set<() => void>();
  readonly #canaries: LiveStore<Canary>;
  readonly #routes: LiveStore<HttpRoute>;
  readonly #runs: LiveStore<RolloutRun>;
  readonly #deployments: LiveStore<Deployment>;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const look = (object: KubeObject): void => {
      const { namespace } = object.metadata;
      for (const canary of this.#canaries.list(namespace)) this.#look(canary);
    };
    this.#canaries = new LiveStore(RESOURCES.canaries, { ...options, onChange: look });
    this.#routes = new LiveStore(RESOURCES.httpRoutes, { ...options, onChange: look });
    this.#runs = new LiveStore(RESOURCES.rolloutRuns, { ...options, onChange: look });
    this.#deployments = new LiveStore(RESOURCES.deployments, { ...options, onChange: look });
  }

  async start(): Promise<void> {
    await this.#routes.start();
    await this.#runs.start();
    await this.#deployments.start();
    await this.#canaries.start();
  }

  timeline(canary: string): CanaryTimeline {
    return this.#timelines.get(canary) ?? EMPTY_TIMELINE;
  }

  /** Calls `listener` after each new sight; returns the unsubscribe function. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #look(canary: Canary): void {
    const { namespace = '', name } = canary.metadata;
    const key = keyText(keyOf(canary));
    this.#see(key, 'phases', canary.status?.phase ?? '');
    this.#see(key, 'reportedWeights', canary.status?.canaryWeight ?? 0);
    const route = this.#routes.get({ namespace, name: apexNameOf(canary) });
    const weight = route && canaryWeightOf(route);
    if (weight !== undefined) this.#see(key, 'weights', weight);
    const target = canary.spec.targetRef.name;
    const primary = this.#deployments.get({ namespace, name: `${target}-primary` });
    const image = primary?.spec.template.spec.containers[0]?.image;
    if (image !== undefined) this.#see(key, 'primaryImages', image);
    this.#see(key, 'holds', holdOf(name, this.#runs.list(namespace)));
  }

  #see<K extends keyof CanaryTimeline>(
    canary: string,
    what: K,
    value: CanaryTimeline[K][number]['value'],
  ): void {
    const before = this.timeline(canary);
    const after = saw(before, what, value, this.#options.clock.now());
    if (after === before) return;
    this.#timelines.set(canary, after);
    this.#options.onSight(canary, what, after);
    for (const listener of this.#listeners) listener();
  }
}
