import { describe, expect, test } from 'vitest';
import type { ConfigObject } from '../../../src/delivery/config-digest.ts';
import type { KubeObject, ResourceType } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const SETTINGS = 'settings';
const WITHIN_MS = 500;

function configMap(name: string, data: Record<string, string>, more: object = {}): ConfigObject {
  const metadata = { name, namespace: NAMESPACE, labels: { team: 'a', other: 'b' } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data, ...more };
}

function secret(name: string, data: Record<string, string>): ConfigObject {
  const metadata = { name, namespace: NAMESPACE };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
}

/** The pods of the target get `settings` and `password`, and may get `extra`. */
const CONFIGURED = {
  volumes: [
    { name: 'settings', configMap: { name: SETTINGS } },
    { name: 'all', projected: { sources: [{ secret: { name: 'password' } }] } },
    { name: 'extra', configMap: { name: 'extra', optional: true } },
  ],
};

class ConfigWorld extends DeliveryWorld {
  async configure(pods: object = CONFIGURED): Promise<void> {
    const target = structuredClone(this.target());
    Object.assign(target.spec.template.spec, pods);
    await this.client.replace(RESOURCES.deployments, target);
  }

  live(type: ResourceType, name: string): ConfigObject | undefined {
    return this.client.peek<ConfigObject & KubeObject>(type, NAMESPACE, name);
  }

  settings(name = SETTINGS): ConfigObject | undefined {
    return this.live(RESOURCES.configMaps, name);
  }

  async change(name: string, data: Record<string, string>): Promise<void> {
    const live = structuredClone(required(this.settings(name)));
    await this.client.replace(RESOURCES.configMaps, { ...live, data });
  }

  remove(type: ResourceType, name: string): Promise<boolean> {
    const { signal } = new AbortController();
    return this.client.delete(type, { namespace: NAMESPACE, name }, { signal });
  }

  volumesOfPrimary(): unknown {
    const spec = this.primary()?.spec.template.spec as { volumes?: unknown } | undefined;
    return spec?.volumes;
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there');
  return value;
}

/** Initialised, with caches as the application has them unless it is said otherwise. */
async function settled(withCaches = true): Promise<ConfigWorld> {
  const world = new ConfigWorld();
  if (withCaches) world.useCaches();
  await world.createGateway();
  await world.client.create(RESOURCES.configMaps, configMap(SETTINGS, { message: 'hello' }));
  await world.client.create(RESOURCES.secrets, secret('password', { value: 'aHVudGVyMg==' }));
  await world.createTarget();
  await world.configure();
  await world.createCanary();
  world.start();
  await world.until('Initialized');
  await world.clock.advance(1000);
  return world;
}

describe.each([
  ['with copies of the cluster', true],
  ['with live reads', false],
])('%s', (_name, withCaches) => {
  test('the primary gets copies at its creation, and the status their digests', async () => {
    const world = await settled(withCaches);
    expect(world.canary().status?.trackedConfigs).toEqual({
      'configmap/settings': '9b2d43affbf49a36',
      'secret/password': 'ef2f1c90e9e81642',
    });
    const copy = required(world.settings('settings-primary'));
    expect(copy.data).toEqual({ message: 'hello' });
    expect(copy.metadata.labels).toBeUndefined();
    expect(copy.metadata.ownerReferences).toMatchObject([{ name: NAME, controller: true }]);
    expect(world.live(RESOURCES.secrets, 'password-primary')).toMatchObject({
      type: 'Opaque',
      data: { value: 'aHVudGVyMg==' },
    });
    expect(world.volumesOfPrimary()).toEqual([
      { name: 'settings', configMap: { name: 'settings-primary' } },
      { name: 'all', projected: { sources: [{ secret: { name: 'password-primary' } }] } },
      { name: 'extra', configMap: { name: 'extra', optional: true } },
    ]);
  });

  test('a change of a config is rolled out, and its copy changes at the promotion', async () => {
    const world = await settled(withCaches);
    await world.change(SETTINGS, { message: 'changed' });
    await world.until('Progressing');
    await world.untilTrue(() => world.weight() === 60, 'weight 60');
    expect(world.settings('settings-primary')?.data).toEqual({ message: 'hello' });
    const before = world.primary()?.spec.template;
    await world.until('Succeeded');
    expect(world.settings('settings-primary')?.data).toEqual({ message: 'changed' });
    // The primary's pods are made anew, for they would not see the change.
    expect(world.primary()?.spec.template).not.toEqual(before);
    expect(world.canary().status?.trackedConfigs?.['configmap/settings']).toBe('51945c8dc1c04ec2');
    expect(world.runs()).toHaveLength(1);
  });
});

test('a change is seen within half a second, and a settled Canary with configs asks for nothing', async () => {
  const world = await settled();
  await world.clock.advance(60_000);
  const { reads } = world.client;
  world.client.writes.length = 0;
  await world.clock.advance(600_000);
  expect(world.client.reads).toBe(reads);
  expect(world.client.writes).toEqual([]);
  await world.change(SETTINGS, { message: 'changed' });
  await world.untilTrue(() => world.runs().length === 1, 'a run', WITHIN_MS);
});

test('an optional config that appears is a change, another one is none', async () => {
  const world = await settled();
  await world.client.create(RESOURCES.configMaps, configMap('unused', { a: 'b' }));
  await world.clock.advance(30_000);
  expect(world.runs()).toEqual([]);
  await world.client.create(RESOURCES.configMaps, configMap('extra', { a: 'b' }));
  await world.until('Succeeded');
  expect(world.settings('extra-primary')?.data).toEqual({ a: 'b' });
});

test('a failed change leaves the copy, and going back to the promoted config starts nothing', async () => {
  const world = await settled();
  world.metric = () => 0;
  await world.change(SETTINGS, { message: 'bad' });
  await world.until('Failed');
  expect(world.settings('settings-primary')?.data).toEqual({ message: 'hello' });
  await world.clock.advance(60_000);
  expect(world.runs()).toHaveLength(1);
  world.metric = () => 100;
  await world.change(SETTINGS, { message: 'hello' });
  await world.clock.advance(60_000);
  expect(world.runs()).toHaveLength(1);
});

test('a change in a rollout begins another one, with pods that know it', async () => {
  const world = await settled();
  await world.change(SETTINGS, { message: 'second' });
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  const replicas: (number | undefined)[] = [];
  world.client.onChange((type, object) => {
    if (type.plural !== 'deployments' || object.metadata.name !== NAME) return;
    const { spec } = object as KubeObject & { spec: { replicas?: number } };
    if (replicas.at(-1) !== spec.replicas) replicas.push(spec.replicas);
  });
  await world.change(SETTINGS, { message: 'third' });
  await world.untilTrue(() => world.weight() === 0, 'weight 0', WITHIN_MS);
  await world.until('Succeeded');
  expect(replicas).toEqual([0, 2, 0]);
  expect(world.settings('settings-primary')?.data).toEqual({ message: 'third' });
  expect(world.runs().map(({ status }) => status?.phase)).toEqual(['Superseded', 'Succeeded']);
});

describe('a config that is missing', () => {
  test('keeps a Canary from being initialised, until it is there', async () => {
    const world = new ConfigWorld();
    world.useCaches();
    await world.createGateway();
    await world.client.create(RESOURCES.secrets, secret('password', { value: 'eA==' }));
    await world.createTarget();
    await world.configure();
    await world.createCanary();
    world.start();
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')).toMatchObject({
      reason: 'ConfigMissing',
      message: "ConfigMap settings, which the target's pods need, not found",
    });
    expect(world.primary()).toBeUndefined();
    await world.client.create(RESOURCES.configMaps, configMap(SETTINGS, { message: 'hello' }));
    await world.until('Initialized');
    expect(world.condition('Ready')).toBeUndefined();
  });

  test('in a rollout holds the weight, is no other change, and goes on when it is back', async () => {
    const world = await settled();
    await world.change(SETTINGS, { message: 'second' });
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    await world.remove(RESOURCES.configMaps, SETTINGS);
    await world.clock.advance(60_000);
    expect(world.weight()).toBe(30);
    expect(world.condition('Ready')?.reason).toBe('ConfigMissing');
    expect(world.runs()).toHaveLength(1);
    await world.client.create(RESOURCES.configMaps, configMap(SETTINGS, { message: 'second' }));
    await world.until('Succeeded');
    expect(world.runs()).toHaveLength(1);
  });
});

describe('a copy', () => {
  test.each([
    ['changed', (world: ConfigWorld) => world.change('settings-primary', { message: 'hotfix' })],
    [
      'deleted',
      async (world: ConfigWorld) => {
        await world.remove(RESOURCES.configMaps, 'settings-primary');
      },
    ],
    [
      'taken from its Canary',
      async (world: ConfigWorld) => {
        const copy = structuredClone(required(world.settings('settings-primary')));
        delete copy.metadata.ownerReferences;
        await world.client.replace(RESOURCES.configMaps, copy);
      },
    ],
  ])('that somebody %s is put right, told and counted', async (_name, change) => {
    const world = await settled();
    const before = required(world.settings('settings-primary'));
    await change(world);
    const isRight = (): boolean => {
      const copy = world.settings('settings-primary');
      return copy?.data?.['message'] === 'hello' && copy.metadata.ownerReferences !== undefined;
    };
    await world.untilTrue(isRight, 'put right', WITHIN_MS);
    expect(world.settings('settings-primary')?.metadata.ownerReferences).toEqual(
      before.metadata.ownerReferences,
    );
    expect(world.repairs).toEqual(['configs']);
    expect(world.events.at(-1)).toBe(
      'Warning DriftRepaired ConfigMap settings-primary of podinfo-primary.shop was changed by somebody else and is put right',
    );
  });

  test('is not fought for without end', async () => {
    const world = await settled();
    let edits = 0;
    world.client.onChange((type, object) => {
      const data = (object as ConfigObject).data;
      if (type.plural !== 'configmaps' || object.metadata.name !== 'settings-primary') return;
      if (data?.['message'] !== 'hello') return;
      edits += 1;
      void world.change('settings-primary', { message: 'mine' });
    });
    await world.change('settings-primary', { message: 'mine' });
    await world.clock.advance(60_000);
    expect(edits).toBe(5);
  });

  test('that is immutable is made again when it must change', async () => {
    const world = await settled();
    await world.remove(RESOURCES.configMaps, SETTINGS);
    const fixed = configMap(
      SETTINGS,
      { message: 'fixed' },
      { immutable: true, binaryData: { a: 'eA==' } },
    );
    await world.client.create(RESOURCES.configMaps, fixed);
    await world.until('Succeeded');
    expect(world.settings('settings-primary')).toMatchObject({
      data: { message: 'fixed' },
      binaryData: { a: 'eA==' },
      immutable: true,
    });
    const { uid } = required(world.settings('settings-primary')).metadata;
    await world.remove(RESOURCES.configMaps, SETTINGS);
    await world.client.create(RESOURCES.configMaps, configMap(SETTINGS, { message: 'other' }));
    await world.untilTrue(
      () => world.settings('settings-primary')?.data?.['message'] === 'other',
      'promoted',
    );
    expect(world.settings('settings-primary')?.metadata.uid).not.toBe(uid);
    expect(world.settings('settings-primary')?.immutable).toBeUndefined();
  });

  test('that the primary does not use any more goes, and one that others share stays theirs', async () => {
    const world = await settled();
    const owner = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      name: 'other',
      uid: 'other-uid',
    };
    const copy = structuredClone(required(world.live(RESOURCES.secrets, 'password-primary')));
    copy.metadata.ownerReferences?.push(owner);
    await world.client.replace(RESOURCES.secrets, copy);
    await world.configure({ volumes: [] });
    await world.until('Succeeded');
    await world.untilTrue(() => world.settings('settings-primary') === undefined, 'gone');
    expect(world.settings()).toBeDefined();
    const shared = world.live(RESOURCES.secrets, 'password-primary');
    expect(shared?.metadata.ownerReferences).toEqual([owner]);
    expect(world.canary().status?.trackedConfigs).toEqual({});
  });
});

test('without config tracking nothing is copied and nothing starts', async () => {
  const world = new ConfigWorld();
  world.config = { enableConfigTracking: false };
  world.useCaches();
  await world.createGateway();
  await world.client.create(RESOURCES.configMaps, configMap(SETTINGS, { message: 'hello' }));
  await world.createTarget();
  await world.configure();
  await world.createCanary();
  world.start();
  await world.until('Initialized');
  await world.change(SETTINGS, { message: 'changed' });
  await world.clock.advance(60_000);
  expect(world.runs()).toEqual([]);
  expect(world.settings('settings-primary')).toBeUndefined();
  expect(world.canary().status?.trackedConfigs).toBeUndefined();
  expect(world.volumesOfPrimary()).toEqual(CONFIGURED.volumes);
});
