import { afterEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import {
  apiServerAway,
  configOf,
  installCrds,
  startAppCluster,
  type AppCluster,
} from '../../support/app-cluster.ts';

const MINUTE = 60_000;
const signal = new AbortController().signal;
let app: App | undefined;
let cluster: AppCluster;
let clock: VirtualClock;

afterEach(async () => {
  await settled(app?.stop());
  app = undefined;
  await cluster.api.close();
});

/** Lets a promise come to its end while the virtual clock moves. */
async function settled<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
  let isSettled = false;
  const watched = promise?.finally(() => {
    isSettled = true;
  });
  watched?.catch(() => undefined);
  if (promise !== undefined) await clock.runUntil(() => isSettled, 10 * MINUTE);
  return watched;
}

async function start(
  options: {
    crds?: readonly string[];
    roles?: string;
    logger?: Logger;
    before?: (cluster: AppCluster) => void;
  } = {},
): Promise<App> {
  clock = new VirtualClock();
  cluster = await startAppCluster({
    clock,
    ...(options.crds === undefined ? {} : { crds: options.crds }),
    callWebhook: (target, body) => Promise.resolve(started.review(target.path, body)),
  });
  options.before?.(cluster);
  const started = createApp(configOf({ roles: options.roles ?? 'webhook,controller' }), {
    ...cluster.overrides,
    logger: options.logger ?? silentLogger,
    outbound: () => Promise.reject(new Error('no outbound calls here')),
    listen: false,
  });
  app = started;
  await settled(started.start(signal));
  return started;
}

function problems(of: App): string[] {
  return of
    .ready()
    .checks.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]));
}

async function ready(of: App, withinMs = MINUTE): Promise<boolean> {
  return clock.runUntil(() => of.ready().ok, withinMs);
}

describe('a start', () => {
  it('becomes ready once copies are in, webhooks registered and the Lease is taken', async () => {
    const running = await start();
    expect(await ready(running)).toBe(true);
    const names = running.ready().checks.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'shutdown',
        'watch/rolloutpolicies',
        'watch/canaries',
        'registration',
      ]),
    );
    const webhook = await cluster.client.get(
      RESOURCES.validatingWebhookConfigurations,
      { name: 'sluice' },
      { signal },
    );
    expect(webhook).toBeDefined();
    await clock.advance(5000);
    const lease = await cluster.client.get(
      RESOURCES.leases,
      { namespace: 'sluice-system', name: 'sluice-controller' },
      { signal },
    );
    expect(lease).toMatchObject({ spec: { holderIdentity: expect.any(String) as string } });
  });

  it.each([
    ['webhook', ['watch/rolloutpolicies', 'registration'], ['watch/canaries']],
    ['controller', ['watch/rolloutpolicies', 'watch/canaries'], ['registration']],
  ])('as %s needs only what that role needs', async (roles, needed, others) => {
    const running = await start({ roles });
    expect(await ready(running)).toBe(true);
    const names = running.ready().checks.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(needed));
    for (const other of others) expect(names).not.toContain(other);
  });
});

describe('without the definitions', () => {
  it('says what to apply, stays unready, and goes on once they are there', async () => {
    const said: unknown[] = [];
    const logger = { ...silentLogger, error: (fields: object) => said.push(fields) };
    const running = await start({ crds: [], logger: { ...logger, child: () => silentLogger } });
    await clock.advance(5000);
    expect(problems(running)).toContain(
      'watch/canaries: canaries.flagger.app not known to the API server: apply the output of `sluice crds --flagger`',
    );
    expect(said).toContainEqual({
      reason:
        'rolloutpolicies.sluice.dev not known to the API server: apply the output of `sluice crds`',
    });
    expect(said).toContainEqual({
      reason:
        'canaries.flagger.app not known to the API server: apply the output of `sluice crds --flagger`',
    });
    await settled(installCrds(cluster.client, ['sluice.yaml', 'flagger.yaml']));
    expect(await ready(running)).toBe(true);
  });
});

it('the webhook registers without the definitions that only the controller needs', async () => {
  const running = await start({ crds: ['sluice.yaml'] });
  await clock.advance(5000);
  expect(problems(running)).toEqual([expect.stringMatching(/^watch\/canaries: /)]);
});

describe('without rights', () => {
  it('says which, stays unready, and goes on once they are granted', async () => {
    const running = await start({
      roles: 'controller',
      before: (each) => {
        each.setFault(({ path }) =>
          path.includes('/canaries') ? new ClusterError('Forbidden', 'no') : undefined,
        );
      },
    });
    await clock.advance(5000);
    expect(problems(running)).toEqual([
      'watch/canaries: canaries.flagger.app may not be listed and watched: this ServiceAccount lacks the ClusterRole of manifests/base',
    ]);
    cluster.setFault(undefined);
    expect(await ready(running)).toBe(true);
  });
});

describe('an API server that goes away', () => {
  it('for a minute costs nothing but time', async () => {
    const running = await start();
    expect(await ready(running)).toBe(true);
    cluster.setFault(apiServerAway);
    await clock.advance(MINUTE);
    expect(running.ready().ok).toBe(true);
    cluster.setFault(undefined);
    await clock.advance(MINUTE);
    expect(running.ready().ok).toBe(true);
    await cluster.client.create(
      RESOURCES.namespaces,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'later' } },
      { signal },
    );
    await clock.advance(1000);
    expect(problems(running)).toEqual([]);
  });

  it('for longer than the freshness bound makes it unready, until it is back', async () => {
    const running = await start();
    expect(await ready(running)).toBe(true);
    cluster.setFault(apiServerAway);
    await clock.advance(4 * MINUTE);
    expect(problems(running).join()).toContain('watch/canaries: last known to be current');
    cluster.setFault(undefined);
    // The copies are known to be current again with the first bookmark.
    expect(await ready(running, 2 * MINUTE)).toBe(true);
  });

  it('from the start is waited for', async () => {
    const running = await start({
      before: (each) => {
        each.setFault(apiServerAway);
      },
    });
    await clock.advance(MINUTE);
    expect(problems(running).join()).toContain('Unreachable');
    cluster.setFault(undefined);
    expect(await ready(running)).toBe(true);
  });
});

describe('the end', () => {
  it('fails readiness, gives the Lease back and leaves no timer', async () => {
    const running = await start();
    expect(await ready(running)).toBe(true);
    await clock.advance(5000);
    const stopping = running.stop();
    expect(running.ready().ok).toBe(false);
    await settled(stopping);
    const lease = await cluster.client.get(
      RESOURCES.leases,
      { namespace: 'sluice-system', name: 'sluice-controller' },
      { signal },
    );
    expect(lease).not.toHaveProperty('spec.holderIdentity');
    const asked = cluster.requests.length;
    await clock.advance(10 * MINUTE);
    expect(cluster.requests).toHaveLength(asked);
  });

  it('before it has ever become ready ends just as well', async () => {
    const running = await start({
      before: (each) => {
        each.setFault(apiServerAway);
      },
    });
    await settled(running.stop());
    const asked = cluster.requests.length;
    await clock.advance(10 * MINUTE);
    expect(cluster.requests).toHaveLength(asked);
  });
});
