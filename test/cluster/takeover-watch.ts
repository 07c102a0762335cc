import { setTimeout as delay } from 'node:timers/promises';
import type { Api, ApiObject } from './api.ts';
import { NAMESPACE } from './takeover-objects.ts';
import { waitFor } from './wait.ts';

const PLURALS = {
  httproutes: '/apis/gateway.networking.k8s.io/v1',
  virtualservices: '/apis/networking.istio.io/v1beta1',
  destinationrules: '/apis/networking.istio.io/v1beta1',
  deployments: '/apis/apps/v1',
  services: '/api/v1',
} as const;
const QUIET_MS = 1500;

/** A write of an object that was seen: `httproutes/flight-0 MODIFIED`. */
export interface SeenWrite {
  readonly plural: string;
  readonly name: string;
  readonly type: string;
}

/** Follows every route, Service and Deployment of the suite, by the resource versions of its objects. */
export class TakeoverWatch {
  readonly #versions = new Map<string, string>();
  #writes: SeenWrite[] = [];
  #lastAt = performance.now();
  readonly #stops: (() => void)[] = [];

  constructor(api: Api) {
    for (const [plural, group] of Object.entries(PLURALS)) {
      const path = `${group}/namespaces/${NAMESPACE}/${plural}`;
      this.#stops.push(
        api.watch(path, (type, objects) => {
          for (const object of objects) this.#saw(plural, type, object);
        }),
      );
    }
  }

  /** Waits until nothing moves any more, and forgets what has. */
  async settle(): Promise<void> {
    await waitFor(
      'routes, Services and Deployments are at rest',
      () => (performance.now() - this.#lastAt > QUIET_MS ? true : undefined),
      30_000,
    );
    this.#writes = [];
  }

  /** What was written since, statuses included. */
  async writes(afterMs: number): Promise<readonly SeenWrite[]> {
    await delay(afterMs);
    return this.#writes;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #saw(plural: string, type: string, { metadata }: ApiObject): void {
    const key = `${plural}/${metadata.name}`;
    const version = metadata.resourceVersion ?? '';
    if (this.#versions.get(key) === version && type !== 'DELETED') return;
    this.#versions.set(key, version);
    this.#lastAt = performance.now();
    this.#writes.push({ plural, name: metadata.name, type });
  }
}

/** Weights, sizes and templates of everything, as one text an object. */
export async function shapes(api: Api): Promise<ReadonlyMap<string, string>> {
  const shapes = new Map<string, string>();
  for (const [plural, group] of Object.entries(PLURALS)) {
    const { items } = await api.list(`${group}/namespaces/${NAMESPACE}/${plural}`);
    for (const object of items) {
      shapes.set(`${plural}/${object.metadata.name}`, JSON.stringify(shapeOf(plural, object)));
    }
  }
  return shapes;
}

function shapeOf(plural: string, object: ApiObject): unknown {
  const spec = (object['spec'] ?? {}) as Record<string, unknown>;
  if (plural === 'deployments') return [spec['replicas'], spec['template']];
  if (plural === 'services') return [spec['selector'], spec['ports']];
  return plural === 'httproutes' ? spec['rules'] : spec;
}
