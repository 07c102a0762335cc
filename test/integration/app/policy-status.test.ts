import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import type { FlagTexts } from '../../../src/config/load-config.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../src/domain/policy.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';
import { attributesOf, Rbac } from '../../support/rbac.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();
const policy: RolloutPolicy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'p' },
  spec: { validations: [{ expression: 'object.spec.(' }] },
};
const binding: RolloutPolicyBinding = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'b' },
  spec: { policyName: 'p' },
};
let clock: VirtualClock;
let cluster: AppCluster;
let apps: App[];

beforeEach(async () => {
  clock = new VirtualClock();
  apps = [];
  cluster = await startAppCluster({ clock });
});
afterEach(async () => {
  await Promise.all(apps.map((app) => stop(app)));
  await cluster.api.close();
});

async function start(flags: FlagTexts = {}): Promise<App> {
  const app = createApp(configOf({ roles: 'controller', ...flags }), {
    ...cluster.overrides,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  apps.push(app);
  await app.start(signal);
  expect(await clock.runUntil(() => app.ready().ok, MINUTE)).toBe(true);
  await clock.advance(MINUTE);
  return app;
}

async function stop(app: App): Promise<void> {
  const stopped = app.stop();
  await clock.advance(MINUTE);
  await stopped;
}

const statusWrites = (): string[] =>
  cluster.requests
    .filter(({ method }) => method === 'PUT')
    .map(({ path }) => path.split('?')[0] ?? '')
    .filter((path) => path.includes('/rolloutpolic'));

async function policyNow(): Promise<RolloutPolicy> {
  const found = await cluster.client.get<RolloutPolicy>(
    RESOURCES.rolloutPolicies,
    { name: 'p' },
    { signal },
  );
  return found ?? policy;
}

async function bindingReady(): Promise<unknown> {
  const found = await cluster.client.get<RolloutPolicyBinding>(
    RESOURCES.rolloutPolicyBindings,
    { name: 'b' },
    { signal },
  );
  return found?.status?.conditions?.[0]?.reason;
}

const create = async (): Promise<void> => {
  await cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
  await cluster.client.create(RESOURCES.rolloutPolicyBindings, binding, { signal });
};

describe('the leader', () => {
  it('says of a stored policy where it does not compile, and when it is mended that it does', async () => {
    await create();
    await start();
    expect((await policyNow()).status).toMatchObject({
      observedGeneration: 1,
      environmentVersion: '1.37',
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'NotCompiling',
          message: expect.stringMatching(/^spec\.validations\[0\]\.expression:1:13: /) as string,
        },
        { type: 'Scanned', status: 'True', reason: 'NoReports' },
      ],
    });
    const mended = { ...(await policyNow()), spec: { validations: [{ expression: 'true' }] } };
    await cluster.client.replace(RESOURCES.rolloutPolicies, mended, { signal });
    await clock.advance(1000);
    expect((await policyNow()).status).toMatchObject({
      observedGeneration: 2,
      bindings: [{ name: 'b', action: 'Deny' }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'Compiled' }, { type: 'Scanned' }],
    });
  });

  it('says of a binding whether its policy is there, as it comes and goes', async () => {
    await cluster.client.create(RESOURCES.rolloutPolicyBindings, binding, { signal });
    await start();
    expect(await bindingReady()).toBe('PolicyMissing');
    await cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
    await clock.advance(1000);
    expect(await bindingReady()).toBe('PolicyFound');
    await cluster.client.delete(RESOURCES.rolloutPolicies, { name: 'p' }, { signal });
    await clock.advance(1000);
    expect(await bindingReady()).toBe('PolicyMissing');
  });

  it('writes each status once, also after a change of leader, with the rights of manifests/base', async () => {
    await create();
    const first = await start();
    const second = await start();
    await stop(first);
    await clock.advance(5 * MINUTE);
    expect(second.ready().ok).toBe(true);
    const lease = { namespace: 'sluice-system', name: 'sluice-controller' };
    expect(await cluster.client.get(RESOURCES.leases, lease, { signal })).toMatchObject({
      spec: { holderIdentity: expect.any(String) as string },
    });
    expect(statusWrites().toSorted()).toEqual([
      '/apis/sluice.dev/v1alpha1/rolloutpolicies/p/status',
      '/apis/sluice.dev/v1alpha1/rolloutpolicybindings/b/status',
    ]);
    const rbac = new Rbac('controller-rbac.yaml');
    const refused = cluster.requests
      .map((request) => attributesOf(request))
      .filter((attributes) => !rbac.allows(attributes));
    expect(refused).toEqual([]);
  });

  it('tries again what failed for a while', async () => {
    let failures = 3;
    cluster.setFault(({ path }) =>
      path.includes('/status') && failures-- > 0
        ? new ClusterError('ServerError', 'away', { status: 500 })
        : undefined,
    );
    await create();
    await start();
    expect(failures).toBeLessThan(0);
    expect((await policyNow()).status?.observedGeneration).toBe(1);
    expect(await bindingReady()).toBe('PolicyFound');
  });
});

it.each<[string, FlagTexts]>([
  ['the webhook role', { roles: 'webhook' }],
  ['a controller of one namespace', { namespace: 'shop' }],
])('%s writes none', async (_who, flags) => {
  await create();
  await start(flags);
  expect(statusWrites()).toEqual([]);
});
