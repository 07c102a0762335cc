import { expect } from 'vitest';
import { ALL_TO_PRIMARY, type Router } from '../../../src/delivery/router/types.ts';
import type { Weights } from '../../../src/domain/run.ts';
import type { ContractCase } from '../frame/contract.ts';
import { worldOf, type RouterFixture } from './fixture.ts';
import { change } from './live-objects.ts';

/** A share in the middle of a rollout. */
export const STEP: Weights = { primary: 70, canary: 30, mirrored: false };

const PERCENTS = [0, 1, 7, 33, 50, 67, 99, 100];

/** What weights are written, and what is read back. */
export const WEIGHT_CASES: readonly ContractCase<Router, RouterFixture>[] = [
  {
    name: 'before anything is written all traffic is the primary’s',
    appliesTo: (_router, { owns }) => owns,
    run: async (router, fixture) => {
      const observed = await (await worldOf(router, fixture)).observe();
      expect(observed).toEqual({ present: false, weights: ALL_TO_PRIMARY, drifted: false });
    },
  },
  {
    name: 'what is written is observed, and written once',
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(STEP);
      const observed = await world.observe();
      const weights = router.capabilities.weighted ? STEP : ALL_TO_PRIMARY;
      expect(observed).toMatchObject({ present: true, drifted: false, weights });
      const writes = world.client.writes.length;
      expect(await world.apply(STEP)).toBe(false);
      expect(world.client.writes).toHaveLength(writes);
    },
  },
  ...PERCENTS.map((canary) => ({
    name: `${canary} percent and the rest sum up to 100, and back`,
    run: async (router: Router, fixture: RouterFixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(ALL_TO_PRIMARY);
      for (const share of [canary, 0]) {
        await world.apply({ primary: 100 - share, canary: share, mirrored: false });
        const { weights, drifted } = await world.observe();
        expect(weights.primary + weights.canary).toBe(100);
        if (router.capabilities.weighted) expect(weights.canary).toBe(share);
        expect(drifted).toBe(false);
      }
    },
  })),
  {
    name: 'who reads the backends’ names sees the same shares',
    appliesTo: ({ capabilities }) => capabilities.weighted,
    run: async (router, fixture) => {
      expect(fixture.canaryShare, 'the fixture reads no share').toBeDefined();
      const world = await worldOf(router, fixture);
      for (const canary of [0, 10, 30, 99]) {
        await world.apply({ primary: 100 - canary, canary, mirrored: false });
        expect(fixture.canaryShare?.(await world.live())).toBe(canary);
      }
    },
  },
  {
    name: 'weights count as shares',
    appliesTo: (_router, fixture) => fixture.inTenths !== undefined,
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(STEP);
      await change(world, (object) => fixture.inTenths?.(object) ?? object);
      expect(await world.observe()).toMatchObject({ weights: STEP, drifted: false });
      expect(await world.apply(STEP)).toBe(false);
    },
  },
];
