import { describe, expect, it } from 'vitest';
import { createConfigurationOwner } from '../../../src/admission/configuration-owner.ts';
import { createRegistration, unregister } from '../../../src/admission/registration.ts';
import type { WebhookConfiguration } from '../../../src/admission/webhook-configuration.ts';
import { WEBHOOK_SUBJECTS } from '../../../src/admission/webhook-subjects.ts';
import type { ObjectCache } from '../../../src/domain/client.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../src/domain/policy.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { EXECUTOR, countingMetrics } from '../../unit/admission/fixture.ts';
import { MemoryClient } from '../../support/memory-client.ts';

const TYPES = [
  RESOURCES.validatingWebhookConfigurations,
  RESOURCES.mutatingWebhookConfigurations,
] as const;
const key = { name: 'sluice' };

/** A cache that a test fills. */
function cacheOf<T extends KubeObject>() {
  const listeners = new Set<(key: string) => void>();
  let objects: readonly T[] = [];
  const cache: ObjectCache<T> = {
    synced: true,
    get: ({ name }) => objects.find(({ metadata }) => metadata.name === name),
    list: () => objects,
    ageMs: () => 0,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const fill = (next: readonly T[]): void => {
    objects = next;
    for (const listener of listeners) listener('');
  };
  return { cache, fill };
}

function world() {
  const clock = new VirtualClock();
  const client = new MemoryClient(clock);
  const policies = cacheOf<RolloutPolicy>();
  const bindings = cacheOf<RolloutPolicyBinding>();
  const stop = new AbortController();
  const replica = (
    options: { caBundle?: string; probe?: () => Promise<void>; refreshed?: () => string } = {},
  ) => {
    const metrics = countingMetrics();
    const listeners = new Set<() => void>();
    let caBundle = options.caBundle ?? 'CA1\n';
    const rotate = (next: string): void => {
      caBundle = next;
      for (const listener of listeners) listener();
    };
    const registration = createRegistration({
      client,
      clock,
      random: () => 0.5,
      logger: silentLogger,
      metrics,
      certificate: {
        current: () => ({ caBundle }),
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        refresh: () => {
          caBundle = options.refreshed?.() ?? caBundle;
          return Promise.resolve();
        },
      },
      policies: policies.cache,
      bindings: bindings.cache,
      owner: createConfigurationOwner(client),
      probe: options.probe ?? (() => Promise.resolve()),
      target: { url: 'https://127.0.0.1:8443' },
      executorUsernames: [EXECUTOR],
      systemNamespace: 'sluice-system',
    });
    return { registration, metrics, rotate, running: registration.run(stop.signal) };
  };
  const stored = async (type: (typeof TYPES)[number]): Promise<WebhookConfiguration | undefined> =>
    client.get<WebhookConfiguration>(type, key);
  const bundleIn = async (type: (typeof TYPES)[number]): Promise<string> =>
    Buffer.from(
      (await stored(type))?.webhooks[0]?.clientConfig.caBundle ?? '',
      'base64',
    ).toString();
  const end = async (...running: Promise<void>[]): Promise<void> => {
    stop.abort();
    await clock.advance(1);
    await Promise.all(running);
  };
  return { clock, client, policies, bindings, replica, stored, bundleIn, end };
}

const role = (): KubeObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'sluice-webhook' },
});

describe('the owner of the configurations', () => {
  const { signal } = new AbortController();

  it('is the ClusterRole, also when that is made later, and others stay', async () => {
    const { clock, client, replica, stored, end } = world();
    const { metrics, running } = replica();
    await clock.advance(100);
    expect((await stored(TYPES[0]))?.metadata.ownerReferences).toBeUndefined();
    const other = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
    const body = { metadata: { ownerReferences: [other] } };
    await client.patch(TYPES[0], key, { type: 'merge', body }, { signal });
    const { uid } = (await client.create(RESOURCES.clusterRoles, role())).metadata;
    await clock.advance(120_000);
    const owner = {
      apiVersion: role().apiVersion,
      kind: 'ClusterRole',
      name: 'sluice-webhook',
      uid,
    };
    expect((await stored(TYPES[0]))?.metadata.ownerReferences).toEqual([other, owner]);
    expect((await stored(TYPES[1]))?.metadata.ownerReferences).toEqual([owner]);
    expect(metrics.counted).toEqual([]);
    await end(running);
  });

  it('takes the registration with it: nothing is registered again once it is gone', async () => {
    const { clock, client, replica, stored, end } = world();
    const roles = RESOURCES.clusterRoles;
    await client.create(roles, role());
    const { registration, running } = replica();
    await clock.advance(100);
    expect(registration.registered).toBe(true);
    await client.delete(roles, { name: 'sluice-webhook' }, { signal });
    await unregister(client, signal);
    await clock.advance(300_000);
    expect([await stored(TYPES[0]), await stored(TYPES[1])]).toEqual([undefined, undefined]);
    expect(registration.problem()).toMatch(/ClusterRole sluice-webhook is gone/);
    const { uid } = (await client.create(roles, role())).metadata;
    await clock.advance(60_000);
    expect((await stored(TYPES[0]))?.metadata.ownerReferences).toMatchObject([{ uid }]);
    expect(registration.registered).toBe(true);
    await end(running);
  });

  it('is nobody for those who may not look at ClusterRoles', async () => {
    const { clock, client, replica, stored, end } = world();
    client.intercept = (verb, type) => {
      if (type !== RESOURCES.clusterRoles) return;
      throw new ClusterError('Forbidden', `${verb} clusterroles: forbidden`, { status: 403 });
    };
    const { registration, running } = replica();
    await clock.advance(100);
    expect(registration.registered).toBe(true);
    expect((await stored(TYPES[0]))?.metadata.ownerReferences).toBeUndefined();
    await end(running);
  });
});

describe('the registration', () => {
  it('comes after the probe, and then is complete', async () => {
    let answers = false;
    const { clock, replica, stored, end } = world();
    const { registration, running } = replica({
      probe: () => (answers ? Promise.resolve() : Promise.reject(new Error('not yet'))),
    });
    await clock.advance(5000);
    expect(registration.registered).toBe(false);
    expect(registration.problem()).toMatch(/review port/);
    expect(await stored(TYPES[0])).toBeUndefined();
    answers = true;
    await clock.advance(20_000);
    expect([registration.registered, registration.problem()]).toEqual([true, undefined]);
    for (const [index, review] of (['validate', 'mutate'] as const).entries()) {
      const expected = WEBHOOK_SUBJECTS.filter(({ reviews }) => reviews.includes(review));
      expect((await stored(TYPES[index] ?? TYPES[0]))?.webhooks).toHaveLength(expected.length);
    }
    await end(running);
  });

  it('writes once when replicas start together, and nothing while nothing happens', async () => {
    const { clock, client, replica, end } = world();
    const replicas = [replica(), replica(), replica()];
    await clock.advance(1000);
    expect(client.writes).toHaveLength(2);
    await clock.advance(3_600_000);
    expect(client.writes).toHaveLength(2);
    expect(replicas.every(({ registration }) => registration.registered)).toBe(true);
    await end(...replicas.map(({ running }) => running));
  });

  it.each([...TYPES])('puts right what others change, and counts it: $plural', async (type) => {
    const { clock, client, replica, stored, end } = world();
    const { metrics, running } = replica();
    await clock.advance(100);
    const before = (await stored(type))?.webhooks;
    const body = [{ op: 'remove', path: '/webhooks/0' }];
    const signal = new AbortController().signal;
    await client.patch(type, key, { type: 'json', body }, { signal });
    await clock.advance(1000);
    expect((await stored(type))?.webhooks).toEqual(before);
    await client.delete(type, key, { signal });
    await clock.advance(2000);
    expect((await stored(type))?.webhooks).toEqual(before);
    expect(metrics.counted).toEqual(['repaired', 'repaired']);
    await end(running);
  });

  it('does not write as fast as it can when somebody else insists', async () => {
    const { clock, client, replica, end } = world();
    const { running } = replica();
    await clock.advance(100);
    client.writes.length = 0;
    const signal = new AbortController().signal;
    const body = [{ op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 30 }];
    for (let second = 0; second < 60; second++) {
      await client.patch(TYPES[0], key, { type: 'json', body }, { signal });
      await clock.advance(1000);
    }
    const repairs = client.writes.filter(({ verb }) => verb === 'replace').length;
    expect(repairs).toBeGreaterThan(2);
    expect(repairs).toBeLessThan(30);
    await end(running);
  });

  it('follows the certificate, and takes over the bundle of a replica that was faster', async () => {
    const { clock, replica, bundleIn, end } = world();
    const one = replica();
    const two = replica({ refreshed: () => 'CA2\nCA1\n' });
    await clock.advance(100);
    one.rotate('CA2\nCA1\n');
    await clock.advance(5000);
    expect([await bundleIn(TYPES[0]), await bundleIn(TYPES[1])]).toEqual([
      'CA2\nCA1\n',
      'CA2\nCA1\n',
    ]);
    expect(two.metrics.counted).toEqual([]);
    await end(one.running, two.running);
  });

  it('follows the policies in force', async () => {
    const { clock, replica, policies, bindings, stored, end } = world();
    const { running } = replica();
    await clock.advance(100);
    const metadata = { name: 'p' };
    const apiVersion = 'sluice.dev/v1alpha1';
    const resourceRules = [{ apiGroups: ['flagger.app'], resources: ['canaries'] }];
    const spec = { failurePolicy: 'Ignore' as const, matchConstraints: { resourceRules } };
    policies.fill([{ apiVersion, kind: 'RolloutPolicy', metadata, spec }]);
    await clock.advance(100);
    expect((await stored(TYPES[0]))?.webhooks[0]?.failurePolicy).toBe('Fail');
    bindings.fill([
      { apiVersion, kind: 'RolloutPolicyBinding', metadata, spec: { policyName: 'p' } },
    ]);
    await clock.advance(100);
    expect((await stored(TYPES[0]))?.webhooks[0]?.failurePolicy).toBe('Ignore');
    await end(running);
  });

  it('tries again while the API server fails, and says what is wrong', async () => {
    const { clock, client, replica, end } = world();
    client.intercept = () => {
      throw new ClusterError('ServerError', 'the server is down', { status: 500 });
    };
    const { registration, running } = replica();
    await clock.advance(30_000);
    expect(registration.problem()).toBe('the webhook configurations: the server is down');
    client.intercept = () => undefined;
    await clock.advance(30_000);
    expect(registration.registered).toBe(true);
    await end(running);
  });

  it('is content with what the API server adds to what was written', async () => {
    const { clock, client, replica, end } = world();
    const replace = client.replace.bind(client);
    // A server that fills in a default that this version does not know.
    client.create = ((type: (typeof TYPES)[number], object: WebhookConfiguration) =>
      MemoryClient.prototype.create.call(client, type, {
        ...object,
        webhooks: object.webhooks.map((webhook) => ({ ...webhook, novelty: 'Default' })),
      } as KubeObject)) as unknown as typeof client.create;
    client.replace = replace;
    const { metrics, running } = replica();
    await clock.advance(300_000);
    expect(client.writes).toHaveLength(2);
    expect(metrics.counted).toEqual([]);
    await end(running);
  });

  it('can be undone', async () => {
    const { clock, client, replica, stored, end } = world();
    const { running } = replica();
    await clock.advance(100);
    await end(running);
    const { signal } = new AbortController();
    await unregister(client, signal);
    await unregister(client, signal);
    expect([await stored(TYPES[0]), await stored(TYPES[1])]).toEqual([undefined, undefined]);
  });
});
