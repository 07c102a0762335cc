import type { Api, ApiObject } from './api.ts';

export interface WeightChange {
  /** performance.now() at which the watch showed it. */
  readonly at: number;
  readonly weight: number;
}

export interface HeldState {
  readonly since: string;
  readonly nextOpen?: string;
  readonly reasons: readonly string[];
}

interface RouteSpec {
  rules?: { backendRefs?: { name: string; weight?: number }[] }[];
}

/**
 * Everything a watch shows of one Canary from now on: no intermediate state is missed, and nothing that was before is
 * taken for an answer.
 */
export class StoryRecord {
  readonly weights: WeightChange[] = [];
  readonly phases: string[] = [];
  /** What the newest run says; undefined when it is not held. */
  held: HeldState | undefined;
  /** Every distinct hold that was seen. */
  readonly holds: { readonly at: number; readonly state: HeldState }[] = [];
  readonly #stops: (() => void)[];

  constructor(api: Api, namespace: string, canary: string) {
    const all = (group: string, plural: string): string =>
      `/apis/${group}/namespaces/${namespace}/${plural}`;
    const named = (objects: ApiObject[]): ApiObject[] =>
      objects.filter((object) => object.metadata.name === canary);
    this.#stops = [
      api.watch(all('gateway.networking.k8s.io/v1', 'httproutes'), (_type, objects) => {
        for (const route of named(objects)) this.#seeRoute(route);
      }),
      api.watch(all('flagger.app/v1beta1', 'canaries'), (_type, objects) => {
        for (const object of named(objects)) this.#seePhase(object);
      }),
      api.watch(all('sluice.dev/v1alpha1', 'rolloutruns'), (_type, objects) => {
        this.#seeRuns(objects, canary);
      }),
    ];
  }

  /** The canary's share in its live route, percent. */
  get weight(): number {
    return this.weights.at(-1)?.weight ?? 0;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #seeRoute(route: ApiObject): void {
    const backends = (route['spec'] as RouteSpec).rules?.[0]?.backendRefs ?? [];
    const weight = backends.find(({ name }) => name.endsWith('-canary'))?.weight ?? 0;
    if (this.weights.at(-1)?.weight !== weight)
      this.weights.push({ at: performance.now(), weight });
  }

  #seePhase(canary: ApiObject): void {
    const phase = (canary['status'] as { phase?: string } | undefined)?.phase;
    if (phase !== undefined && this.phases.at(-1) !== phase) this.phases.push(phase);
  }

  #seeRuns(objects: ApiObject[], canary: string): void {
    const own = objects.filter(
      (run) => (run['spec'] as { subject?: { name?: string } }).subject?.name === canary,
    );
    const newest = own.sort((a, b) => numberOf(a) - numberOf(b)).at(-1);
    if (newest === undefined) return;
    const held = (newest['status'] as { held?: HeldState } | undefined)?.held;
    if (held !== undefined && held.since !== this.held?.since) {
      this.holds.push({ at: performance.now(), state: held });
    }
    this.held = held;
  }
}

function numberOf(run: ApiObject): number {
  return Number(/-(\d+)$/.exec(run.metadata.name)?.[1] ?? 0);
}
