import { describe, expect, test } from 'vitest';
import type { KubeObject, OwnerReference } from '../../../src/domain/object.ts';
import { ROUTERS } from '../../../src/delivery/router/index.ts';
import { ALL_TO_PRIMARY, type Router } from '../../../src/delivery/router/types.ts';
import type { RouterWorld } from '../../support/router-world.ts';
import { TRIED, worldOf } from './fixtures.ts';

const STEP = { primary: 70, canary: 30, mirrored: false };
const MIRRORED = { primary: 100, canary: 0, mirrored: true };
const MATCH = [{ headers: { 'x-canary': { exact: 'insider' } } }];
const AFFINITY = { cookieName: 'side', primaryCookieName: 'other' };
const COOKIES = { canary: 'side=abcdefghij', primary: 'other=klmnopqrst', previous: 'side=old' };

const routers: readonly Router[] = ROUTERS;

test('every router is tried, each under one name of its own', () => {
  const tried = new Set(TRIED.map(({ router }) => router));
  expect(routers.filter((router) => !tried.has(router))).toEqual([]);
  const names = routers.flatMap(({ providers }) => providers);
  expect(new Set(names).size).toBe(names.length);
});

/** Objects of the router's own kinds that belong to the Canary. */
async function own(world: RouterWorld): Promise<KubeObject[]> {
  const live = await world.live();
  return live.flatMap((object) =>
    object?.metadata.ownerReferences?.some(({ uid }) => uid === 'canary-uid') === true
      ? [object]
      : [],
  );
}

async function change(world: RouterWorld, edit: (object: KubeObject) => KubeObject): Promise<void> {
  const objects = world.router.objects(world.context);
  const mine = new Set((await own(world)).map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  for (const { type, key } of objects) {
    const live = await world.client.get(type, key);
    if (live !== undefined && mine.has(`${live.kind}/${live.metadata.name}`)) {
      await world.client.replace(type, edit(structuredClone(live)));
    }
  }
}

function frozen<T>(value: T): T {
  const copy = structuredClone(value);
  const freeze = (each: unknown): void => {
    if (each === null || typeof each !== 'object') return;
    Object.freeze(each);
    Object.values(each).forEach(freeze);
  };
  freeze(copy);
  return copy;
}

describe.each(TRIED)('router $provider', ({ provider, router, fixture }) => {
  const { weighted, mirror, match, affinity } = router.capabilities;
  const shown = weighted ? STEP : ALL_TO_PRIMARY;

  test('a fitting spec has no problem', async () => {
    expect(await (await worldOf(provider)).check()).toBeUndefined();
  });

  test.runIf(fixture.owns)('before anything is written all traffic is the primary’s', async () => {
    const observed = await (await worldOf(provider)).observe();
    expect(observed).toEqual({ present: false, weights: ALL_TO_PRIMARY, drifted: false });
  });

  test('what is written is observed, and written once', async () => {
    const world = await worldOf(provider);
    await world.apply(STEP);
    const observed = await world.observe();
    expect(observed).toMatchObject({ present: true, drifted: false, weights: shown });
    const writes = world.client.writes.length;
    expect(await world.apply(STEP)).toBe(false);
    expect(world.client.writes).toHaveLength(writes);
  });

  test('what it is given stays as it is, and the same again gives the same', async () => {
    const world = await worldOf(provider);
    await world.apply(ALL_TO_PRIMARY);
    const live = frozen(await world.live());
    const context = frozen(world.context);
    expect(router.writes(live, context, STEP)).toEqual(router.writes(live, context, STEP));
    expect(router.observe(live, context)).toEqual(router.observe(live, context));
  });

  test('it writes nothing but what it looks at, of the kinds that it names', async () => {
    const world = await worldOf(provider);
    const objects = router.objects(world.context);
    for (const write of router.writes(await world.live(), world.context, STEP)) {
      const key = 'object' in write ? write.object.metadata : write.key;
      expect(objects).toContainEqual({
        type: write.type,
        key: { namespace: key.namespace, name: key.name },
      });
      expect(router.kinds).toContainEqual(write.type);
    }
  });

  test.each([0, 1, 7, 33, 50, 67, 99, 100, 0])('%i percent sum up to 100', async (canary) => {
    const world = await worldOf(provider);
    await world.apply(ALL_TO_PRIMARY);
    await world.apply({ primary: 100 - canary, canary, mirrored: false });
    const { weights, drifted } = await world.observe();
    expect(weights.primary + weights.canary).toBe(100);
    if (weighted) expect(weights.canary).toBe(canary);
    expect(drifted).toBe(false);
  });

  test.runIf(fixture.inTenths)('weights count as shares', async () => {
    const world = await worldOf(provider);
    await world.apply(STEP);
    await change(world, (object) => fixture.inTenths?.(object) ?? object);
    expect(await world.observe()).toMatchObject({ weights: STEP, drifted: false });
    expect(await world.apply(STEP)).toBe(false);
  });

  test.runIf(fixture.owns)('labels and annotations of others stay', async () => {
    const world = await worldOf(provider);
    await world.apply(STEP);
    await change(world, (object) => {
      object.metadata.labels = { ...object.metadata.labels, team: 'a' };
      object.metadata.annotations = { ...object.metadata.annotations, 'example.com/note': 'b' };
      return object;
    });
    expect((await world.observe()).drifted).toBe(false);
    await world.apply(ALL_TO_PRIMARY);
    for (const { metadata } of await own(world)) {
      expect(metadata.labels).toMatchObject({ team: 'a' });
      expect(metadata.annotations).toMatchObject({ 'example.com/note': 'b' });
    }
  });

  test.runIf(fixture.tamper)(
    'what somebody changed is put right with the live weights',
    async () => {
      const world = await worldOf(provider);
      await world.apply(STEP);
      const before = (await own(world)).map((object) => (object as { spec?: unknown }).spec);
      await change(world, (object) => fixture.tamper?.(object) ?? object);
      const observed = await world.observe();
      expect(observed).toMatchObject({ present: true, drifted: true, weights: STEP });
      await world.apply(observed.weights);
      const after = (await own(world)).map((object) => (object as { spec?: unknown }).spec);
      expect(after).toEqual(before);
    },
  );

  test.runIf(fixture.owns)('what it makes belongs to the Canary', async () => {
    const world = await worldOf(provider);
    await world.apply(STEP);
    expect(await own(world)).not.toEqual([]);
    for (const { metadata } of await own(world)) {
      expect(metadata.ownerReferences).toMatchObject([
        { kind: 'Canary', name: 'app', controller: true, blockOwnerDeletion: true },
      ]);
    }
  });

  const earlier: OwnerReference = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    name: 'app',
    uid: 'earlier',
    controller: true,
    blockOwnerDeletion: true,
  };
  test.runIf(fixture.owns).each<[string, OwnerReference[] | undefined]>([
    ['left behind by an earlier Canary', [earlier]],
    ['taken from its Canary', undefined],
  ])('an object that was %s is taken over', async (_name, owners) => {
    const world = await worldOf(provider);
    await world.apply(STEP);
    await change(world, (object) => {
      if (owners === undefined) delete object.metadata.ownerReferences;
      else object.metadata.ownerReferences = owners;
      return object;
    });
    expect(await world.observe()).toMatchObject({ drifted: true, weights: STEP });
    await world.apply(STEP);
    expect((await world.observe()).drifted).toBe(false);
    for (const { metadata } of await own(world)) {
      const controllers = metadata.ownerReferences?.filter(({ controller }) => controller);
      expect(controllers).toHaveLength(1);
    }
  });

  test('a match is routed by, or makes no difference', async () => {
    const world = await worldOf(
      provider,
      { analysis: { match: MATCH, iterations: 2 } },
      { strategy: 'ab-testing' },
    );
    await world.apply({ primary: 0, canary: 100, mirrored: false });
    const text = JSON.stringify(await world.live());
    expect(text.includes('insider')).toBe(match);
    const { weights } = await world.observe();
    expect(weights.canary).toBe(weighted ? 100 : 0);
    expect(await world.apply(weights)).toBe(false);
  });

  test('copies of requests are seen where they can be made', async () => {
    const world = await worldOf(
      provider,
      { analysis: { mirror: true, iterations: 2 } },
      { strategy: 'blue-green' },
    );
    await world.apply(ALL_TO_PRIMARY);
    await world.apply(MIRRORED);
    const observed = await world.observe();
    expect(observed.weights).toEqual({ ...MIRRORED, mirrored: mirror });
    expect(await world.apply(MIRRORED)).toBe(false);
    await world.apply(ALL_TO_PRIMARY);
    expect((await world.observe()).weights).toEqual(ALL_TO_PRIMARY);
  });

  test('before a first weight copies are made only where the router says so', async () => {
    const world = await worldOf(provider, { analysis: { mirror: true, stepWeight: 10 } });
    await world.apply(MIRRORED);
    const { weights } = await world.observe();
    expect(weights.mirrored).toBe(router.capabilities.mirrorsWeighted);
  });

  test('a client is kept where that can be done, and weights stay readable', async () => {
    const analysis = { sessionAffinity: AFFINITY };
    const world = await worldOf(provider, { analysis }, { cookies: COOKIES });
    for (const canary of [0, 30, 100, 0]) {
      await world.apply({ primary: 100 - canary, canary, mirrored: false });
      const { weights, drifted } = await world.observe();
      expect(weights.canary).toBe(weighted ? canary : 0);
      expect(drifted).toBe(false);
      const text = JSON.stringify(await world.live());
      expect(text.includes('abcdefghij')).toBe(affinity && canary > 0);
      expect(text.includes('side=old; Max-Age=-1')).toBe(affinity && canary === 0);
    }
  });

  test.runIf('revert' in router)('what it gives back bears nothing of it any more', async () => {
    const world = await worldOf(provider);
    await world.apply(STEP);
    await world.revert();
    expect(await world.revert()).toBe(false);
  });
});
