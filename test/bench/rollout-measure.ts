import { setTimeout as delay } from 'node:timers/promises';
import type { Api, ApiObject } from '../cluster/api.ts';
import { GATEWAY_URL } from '../cluster/data-plane.ts';
import { Load } from '../cluster/load.ts';
import { waitFor } from '../cluster/wait.ts';
import { hostOf } from './rollout-objects.ts';

/** One rollout under steady load. Seconds count from the change of the image. */
export interface Rollout {
  readonly phase: string;
  /** Until the Canary was settled. */
  readonly seconds: number;
  /** Until the first request that the canary answered; NaN when it answered none. */
  readonly firstCanary: number;
  readonly canaryRequests: number;
  /** Answers of 500 and above. */
  readonly failed: number;
  /** Requests without an answer. */
  readonly lost: number;
  /** From the third failed check in the status until the route led to the primary alone; NaN without one. */
  readonly toRollback: number;
}

const RATE = 60;
const THRESHOLD = 3;
const BEFORE_MS = 8000;
const AFTER_MS = 5000;
const LIMIT_MS = 300_000;

/** Changes the image and watches until the Canary is settled again, under 60 requests a second. */
export async function measureRollout(api: Api, namespace: string, image: string): Promise<Rollout> {
  const load = new Load(GATEWAY_URL, hostOf(namespace), RATE);
  await delay(BEFORE_MS);
  const seen = watchRollout(api, namespace);
  const start = performance.now();
  await api.merge(`/apis/apps/v1/namespaces/${namespace}/deployments/podinfo`, {
    spec: { template: { spec: { containers: [containerOf(image)] } } },
  });
  const settled = await waitFor(`the rollout of ${image} ends`, () => seen.settled(), LIMIT_MS);
  await delay(AFTER_MS);
  seen.stop();
  load.stop();
  const answers = load.between(start, Infinity);
  const fromCanary = answers.filter(({ pod }) => /^podinfo-(?!primary-)/.test(pod));
  return {
    phase: settled.phase,
    seconds: (settled.at - start) / 1000,
    firstCanary: ((fromCanary[0]?.sentAt ?? NaN) - start) / 1000,
    canaryRequests: fromCanary.length,
    failed: answers.filter(({ status }) => status >= 500).length,
    lost: answers.filter(({ status }) => status === 0).length,
    toRollback: seen.toRollback() / 1000,
  };
}

/** A merge patch replaces the whole list: what the container has beside its image. */
function containerOf(image: string): Readonly<Record<string, unknown>> {
  return {
    name: 'podinfod',
    image,
    ports: [
      { name: 'http', containerPort: 9898, protocol: 'TCP' },
      { name: 'http-metrics', containerPort: 9797, protocol: 'TCP' },
    ],
    readinessProbe: { httpGet: { port: 9898, path: '/readyz' }, periodSeconds: 2 },
  };
}

interface Seen {
  /** Once the Canary was under way and is settled: how, and when. */
  settled(): { readonly phase: string; readonly at: number } | undefined;
  /** Milliseconds, or NaN. */
  toRollback(): number;
  stop(): void;
}

interface Route extends ApiObject {
  readonly spec: {
    readonly rules: readonly {
      readonly backendRefs: readonly { name: string; weight?: number }[];
    }[];
  };
}

/** Follows the Canary and its route, with the time at which each change was seen. */
function watchRollout(api: Api, namespace: string): Seen {
  let isUnderWay = false;
  let settled: { phase: string; at: number } | undefined;
  let lastCheck = NaN;
  let rolledBack = NaN;
  const canaries = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries`;
  const stopCanaries = api.watch(canaries, (_type, objects) => {
    const status = objects[0]?.['status'] as { phase?: string; failedChecks?: number } | undefined;
    const { phase = '', failedChecks = 0 } = status ?? {};
    const isSettled = ['Succeeded', 'Failed', 'Initialized'].includes(phase);
    if (!isSettled) isUnderWay = true;
    if (failedChecks >= THRESHOLD && Number.isNaN(lastCheck)) lastCheck = performance.now();
    if (isUnderWay && isSettled) settled ??= { phase, at: performance.now() };
  });
  const routes = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`;
  const stopRoutes = api.watch(routes, (_type, objects) => {
    const [rule] = (objects[0] as Route | undefined)?.spec.rules ?? [];
    const canary = rule?.backendRefs.find(({ name }) => name.endsWith('-canary'));
    if ((canary?.weight ?? 0) > 0) rolledBack = NaN;
    else if (Number.isNaN(rolledBack)) rolledBack = performance.now();
  });
  return {
    settled: () => settled,
    // A route that is seen before the status that it follows was in the same tick.
    toRollback: () => Math.max(0, rolledBack - lastCheck),
    stop: () => {
      stopCanaries();
      stopRoutes();
    },
  };
}
