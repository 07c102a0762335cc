import { expect, test } from 'vitest';
import { createCaches } from '../../../src/app/caches.ts';
import { ClusterError, type ClusterErrorReason } from '../../../src/domain/errors.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createHealth } from '../../../src/telemetry/health.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { MemoryClient } from '../../support/memory-client.ts';

/** Copies of Services, and of HTTPRoutes that may be absent, on a cluster that refuses the latter. */
function cachesWith(reason: ClusterErrorReason): {
  clock: VirtualClock;
  health: ReturnType<typeof createHealth>;
  caches: ReturnType<typeof createCaches>;
  client: MemoryClient;
  warned: string[];
} {
  const clock = new VirtualClock();
  const client = new MemoryClient(clock);
  client.intercept = (_verb, type) => {
    if (type.plural === 'httproutes') throw new ClusterError(reason, 'no such resource');
  };
  const warned: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (_fields, message) => warned.push(message),
    child: () => logger,
  };
  const health = createHealth();
  const metrics = createMetrics();
  const options = { client, clock, random: () => 0.5, logger, health, metrics };
  const caches = createCaches({ ...options, freshnessBound: 60_000 });
  caches.watch(RESOURCES.services);
  caches.watch(RESOURCES.httpRoutes, { optional: true });
  return { clock, health, caches, client, warned };
}

test('nobody waits for the copy of a resource that the cluster may lack, and its absence is no news', async () => {
  const { clock, health, caches, warned } = cachesWith('NotFound');
  let synced = false;
  void caches.whenSynced(new AbortController().signal).then(() => (synced = true));
  await clock.advance(60_000);
  expect(synced).toBe(true);
  expect(health.ready().ok).toBe(true);
  expect(warned).toEqual([]);
  await caches.close();
});

test('any other failure of it is told, and the copy comes once the resource is there', async () => {
  const { clock, caches, client, warned } = cachesWith('Forbidden');
  await clock.advance(10_000);
  expect(warned).toContain('list or watch failed');
  client.intercept = () => undefined;
  await clock.advance(60_000);
  expect(caches.watch(RESOURCES.httpRoutes).synced).toBe(true);
  await caches.close();
});
