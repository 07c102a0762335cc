/** The background scan of 10,000 Deployments of 8 kB under fifty policies, with a report for each, on one core. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Parts } from '../../src/app/parts.ts';
import { createScan, type Scan } from '../../src/app/scan.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { ObjectClient } from '../../src/domain/client.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import type { KubeObject, ResourceType } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import { evaluateWindows } from '../../src/governance/windows.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { staticCache } from '../../src/policy/static-cache.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Figure } from './page.ts';
import { benchPolicies, benchReviews } from './webhook-fixture.ts';

const OBJECTS = 10_000;
const MAX_SECONDS = 10;
const MAX_BLOCKED_MS = 50;
const MAX_RSS_MB = 512;
const NAMESPACE = 'shop';

/** Measures the first scan from its start until the last report is written, and one on which nothing changes. */
export async function bench(): Promise<Figure[]> {
  const objects = deployments();
  const reports = new Map<string, object>();
  const parts = partsOf(objects);
  // Policies are compiled when they come in, not by the scan.
  parts.engine.snapshot();
  const scan = createScan(parts, recording(reports));
  const base = heapMb();
  const ended = new AbortController();
  const lag = watchLag();
  const startedAt = performance.now();
  const running = scan.run(ended.signal);
  await completed(scan);
  const scanned = (performance.now() - startedAt) / 1000;
  await until(() => reports.size === OBJECTS);
  const written = (performance.now() - startedAt) / 1000;
  const blocked = lag.stop();
  const writes = reports.size;
  reports.clear();
  const kept = ((heapMb() - base) * 1024 * 1024) / OBJECTS;
  const rss = process.memoryUsage().rss / 1024 / 1024;
  ended.abort();
  await running;
  if (writes !== OBJECTS || scan.tally.size !== OBJECTS) throw new Error('not all were examined');
  const wrong = scan.tally.policies().reduce((sum, name) => sum + scan.tally.counts(name).Deny, 0);
  if (wrong !== OBJECTS / 2) throw new Error(`${wrong} violations instead of ${OBJECTS / 2}`);
  const what = `${OBJECTS} objects, 50 policies`;
  return [
    figure(`scan of ${what}`, scanned, 's', MAX_SECONDS),
    figure('the same, until a report of each is written', written, 's'),
    figure('the same, longest turn of the event loop', blocked.turn, 'ms', MAX_BLOCKED_MS),
    figure('the same, latest timer (other processes count, too)', blocked.late, 'ms'),
    figure('the same, kept for each object', kept, 'B'),
    figure('the same, RSS with the objects', rss, 'MB', MAX_RSS_MB),
  ];
}

function figure(name: string, value: number, unit: string, max?: number): Figure {
  if (max === undefined) return { name, value, unit, target: '–', ok: true };
  return { name, value, unit, target: `< ${max}`, ok: value < max };
}

function deployments(): KubeObject[] {
  return benchReviews(OBJECTS).map(({ body }, index) => {
    const review = JSON.parse(body) as { request: { object: KubeObject } };
    const { object } = review.request;
    const metadata = { ...object.metadata, namespace: NAMESPACE, uid: `uid-${index}` };
    return { ...object, apiVersion: 'apps/v1', kind: 'Deployment', metadata };
  });
}

/** The parts of a process that a scan uses, on copies that never change; reports are not there before the scan. */
function partsOf(objects: readonly KubeObject[]): Parts {
  const { policies, bindings } = benchPolicies('fifty');
  const namespaces = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }];
  const config = loadConfig({ environment: {}, flags: { roles: 'controller' } });
  const watch = (type: ResourceType): unknown => ({
    ...staticCache(type === RESOURCES.deployments ? objects : []),
    type,
    problem: undefined,
    run: () => Promise.resolve(),
    whenSynced: () => Promise.resolve(),
  });
  const engine = createPolicyEngine({
    policies: staticCache(policies),
    bindings: staticCache(bindings),
    windows: staticCache([]),
    namespaces: staticCache(namespaces),
    evaluateWindows,
    clock: systemClock,
    freshnessMs: 1e9,
    systemNamespace: config.sluiceNamespace,
    logger: silentLogger,
  });
  return {
    config,
    engine,
    clock: systemClock,
    random: () => 0.5,
    logger: silentLogger,
    metrics: createMetrics(),
    caches: { watch },
  } as unknown as Parts;
}

/** Takes what is written, after a turn of the event loop as a network would. */
function recording(reports: Map<string, object>): ObjectClient {
  const create = async (_type: ResourceType, object: KubeObject): Promise<KubeObject> => {
    await new Promise((resolve) => setImmediate(resolve));
    reports.set(object.metadata.name, {});
    return object;
  };
  return { create } as unknown as ObjectClient;
}

function completed(scan: Scan): Promise<void> {
  return until(() => scan.completedAt !== undefined);
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * Milliseconds of processor time that this thread used at most between two turns of a timer of one millisecond, and by
 * how much such a timer was late at most.
 */
function watchLag(): { stop(): { turn: number; late: number } } {
  const cpu = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let [last, used] = [performance.now(), cpu()];
  const worst = { turn: 0, late: 0 };
  const timer = setInterval(() => {
    const [now, spent] = [performance.now(), cpu()];
    worst.late = Math.max(worst.late, now - last - 1);
    worst.turn = Math.max(worst.turn, spent - used);
    [last, used] = [now, spent];
  }, 1);
  return {
    stop: () => {
      clearInterval(timer);
      return worst;
    },
  };
}

function heapMb(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
