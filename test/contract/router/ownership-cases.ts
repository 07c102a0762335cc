import { expect } from 'vitest';
import { ALL_TO_PRIMARY, type Router } from '../../../src/delivery/router/types.ts';
import type { KubeObject, OwnerReference } from '../../../src/domain/object.ts';
import type { RouterWorld } from '../../support/router-world.ts';
import type { ContractCase } from '../frame/contract.ts';
import { CANARY_SECRET, worldOf, type RouterFixture } from './fixture.ts';
import { change, changeAll, own } from './live-objects.ts';
import { STEP } from './weight-cases.ts';

const EARLIER: OwnerReference = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  name: 'app',
  uid: 'earlier',
  controller: true,
  blockOwnerDeletion: true,
};
const TAKEN_OVER: readonly (readonly [string, OwnerReference[] | undefined])[] = [
  ['left behind by an earlier Canary', [EARLIER]],
  ['taken from its Canary', undefined],
];

const specOf = (object: KubeObject): unknown => (object as { readonly spec?: unknown }).spec;
const writesObjects = ({ kinds }: Router): boolean => kinds.length > 0;
const owns = (_router: Router, fixture: RouterFixture): boolean => fixture.owns;

/** Whose the objects are, and what of them is not the router's. */
export const OWNERSHIP_CASES: readonly ContractCase<Router, RouterFixture>[] = [
  {
    name: 'labels, annotations and finalizers of others stay',
    appliesTo: writesObjects,
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(STEP);
      await changeAll(world, (object) => {
        const { labels, annotations } = object.metadata;
        object.metadata.labels = { ...labels, team: 'a' };
        object.metadata.annotations = { ...annotations, 'example.com/note': 'b' };
        object.metadata.finalizers = ['example.com/keep'];
        return object;
      });
      expect((await world.observe()).drifted).toBe(false);
      await world.apply(ALL_TO_PRIMARY);
      const live = (await world.live()).filter((object) => object !== undefined);
      expect(live).not.toEqual([]);
      for (const { metadata } of live) {
        expect(metadata.labels).toMatchObject({ team: 'a' });
        expect(metadata.annotations).toMatchObject({ 'example.com/note': 'b' });
        expect(metadata.finalizers).toEqual(['example.com/keep']);
      }
    },
  },
  {
    name: 'what somebody changed is put right with the live weights',
    appliesTo: (_router, { tamper }) => tamper !== undefined,
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(STEP);
      const before = (await own(world)).map(specOf);
      await change(world, (object) => fixture.tamper?.(object) ?? object);
      const observed = await world.observe();
      expect(observed).toMatchObject({ present: true, drifted: true, weights: STEP });
      await world.apply(observed.weights);
      expect((await own(world)).map(specOf)).toEqual(before);
    },
  },
  {
    name: 'what it makes belongs to the Canary',
    appliesTo: owns,
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(STEP);
      expect(await own(world)).not.toEqual([]);
      for (const { metadata } of await own(world)) {
        expect(metadata.ownerReferences).toMatchObject([
          { kind: 'Canary', name: 'app', controller: true, blockOwnerDeletion: true },
        ]);
      }
    },
  },
  {
    name: 'an object that somebody deleted is made again as it was',
    appliesTo: owns,
    run: deletedComesBack,
  },
  ...TAKEN_OVER.map(([how, owners]) => ({
    name: `an object that was ${how} is taken over`,
    appliesTo: owns,
    run: (router: Router, fixture: RouterFixture) => takenOver(router, fixture, owners),
  })),
  {
    name: 'what the Canary’s own annotations say is in nothing that it writes',
    appliesTo: writesObjects,
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(STEP);
      await world.apply(ALL_TO_PRIMARY);
      expect(JSON.stringify(await world.live())).not.toContain(CANARY_SECRET);
    },
  },
  {
    name: 'what it gives back bears nothing of it any more',
    appliesTo: (router) => 'revert' in router,
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(STEP);
      await world.revert();
      expect(await world.revert()).toBe(false);
    },
  },
];

async function deletedComesBack(router: Router, fixture: RouterFixture): Promise<void> {
  const count = (await ownAfterStep(router, fixture)).objects.length;
  for (let place = 0; place < count; place++) {
    const { world, objects } = await ownAfterStep(router, fixture);
    const { kind, metadata } = objects[place] as KubeObject;
    const all = router.objects(world.context);
    const found = all.find(({ type, key }) => type.kind === kind && key.name === metadata.name);
    if (found === undefined) throw new Error(`${kind} ${metadata.name} is not looked at`);
    const { signal } = new AbortController();
    await world.client.delete(found.type, found.key, { signal });
    const { present, drifted } = await world.observe();
    expect(present && !drifted, `the lack of ${kind} is not seen`).toBe(false);
    await world.apply(STEP);
    expect((await own(world)).map(specOf)).toEqual(objects.map(specOf));
  }
}

/** A world in the middle of a rollout, and the objects that are the Canary's. */
async function ownAfterStep(
  router: Router,
  fixture: RouterFixture,
): Promise<{ readonly world: RouterWorld; readonly objects: readonly KubeObject[] }> {
  const world = await worldOf(router, fixture);
  await world.apply(STEP);
  return { world, objects: await own(world) };
}

async function takenOver(
  router: Router,
  fixture: RouterFixture,
  owners: OwnerReference[] | undefined,
): Promise<void> {
  const world = await worldOf(router, fixture);
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
}
