import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const signal = new AbortController().signal;
const policy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'broken' },
  spec: { validations: [{ expression: 'object.spec.(' }] },
};
let cluster: AppCluster;
let app: App;

beforeEach(async () => {
  cluster = await startAppCluster({ clock: systemClock });
});
afterEach(async () => {
  await app.stop();
  await cluster.api.close();
});

async function serve(flags: Record<string, string> = {}): Promise<string> {
  app = createApp(configOf(flags), cluster.overrides);
  await app.start(signal);
  return `http://127.0.0.1:${String(app.ports.http)}`;
}

describe('serving', () => {
  it('answers probes, metrics and reviews over TLS', async () => {
    const base = await serve();
    await app.whenReady(AbortSignal.timeout(10_000));
    expect(await (await fetch(`${base}/readyz`)).text()).toBe('ok\n');
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toContain('sluice_ready 1');
    expect(metrics).toMatch(/sluice_certificate_not_after_seconds \d{10}/);
    expect(metrics).toContain('sluice_cache_objects{resource="canaries"} 0');
    expect(metrics).toContain('flagger_info{');
    const refused = cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
    await expect(refused).rejects.toThrow(/does not compile|expression|syntax/i);
    const counted = await (await fetch(`${base}/metrics`)).text();
    expect(counted).toMatch(/sluice_reviews_total\{path="validate",verdict="deny"\} 1/);
  });

  it('two processes share one certificate and one Lease', async () => {
    await serve();
    const second = createApp(configOf(), cluster.overrides);
    await second.start(signal);
    await Promise.all([app, second].map((each) => each.whenReady(AbortSignal.timeout(10_000))));
    const secrets = await cluster.client.list(RESOURCES.secrets, {
      namespace: 'sluice-system',
      signal,
    });
    expect(secrets.items.map(({ metadata }) => metadata.name)).toEqual(['sluice-webhook-tls']);
    await second.stop();
  });
});

describe('SIGTERM', () => {
  it('fails readiness first while reviews are still answered, then closes', async () => {
    const base = await serve({ drainDelay: '600ms' });
    await app.whenReady(AbortSignal.timeout(10_000));
    const stopping = app.stop();
    const probe = await fetch(`${base}/readyz`);
    expect(probe.status).toBe(503);
    expect(await probe.text()).toContain('[-]shutdown failed: shutting down');
    const refused = cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
    await expect(refused).rejects.toThrow(/does not compile|expression|syntax/i);
    expect((await fetch(`${base}/livez`)).status).toBe(200);
    await stopping;
    await expect(fetch(`${base}/livez`)).rejects.toThrow();
    const lease = await cluster.client.get(
      RESOURCES.leases,
      { namespace: 'sluice-system', name: 'sluice-controller' },
      { signal },
    );
    expect(lease).not.toHaveProperty('spec.holderIdentity');
  });
});

describe('a port that is taken', () => {
  it.each(['httpPort', 'webhookPort'] as const)(
    '%s is named, and nothing stays behind',
    async (key) => {
      await serve();
      const taken = String(key === 'httpPort' ? app.ports.http : app.ports.webhook);
      const second = createApp(configOf({ [key]: taken }), cluster.overrides);
      const error: unknown = await second.start(signal).catch((caught: unknown) => caught);
      await second.stop();
      expect(error).toBeInstanceOf(SluiceError);
      expect((error as SluiceError).code).toBe('SLUICE_CONFIG');
      expect((error as SluiceError).message).toMatch(new RegExp(`port ${taken}: EADDRINUSE`));
    },
  );
});

it('an unknown default provider is refused before anything is started', () => {
  const create = (): App => createApp(configOf({ meshProvider: 'isto' }), cluster.overrides);
  expect(create).toThrow(/--mesh-provider: provider isto is not known; known: /);
  app = createApp(configOf(), cluster.overrides);
});
