import { expect } from 'vitest';
import { ROUTERS } from '../../../src/delivery/router/index.ts';
import { ALL_TO_PRIMARY, type Router } from '../../../src/delivery/router/types.ts';
import type { Contract, ContractCase } from '../frame/contract.ts';
import { CANARY_SECRET, worldOf, type RouterFixture } from './fixture.ts';
import { frozen } from './live-objects.ts';
import { ROUTER_MUTANTS } from './mutants.ts';
import { OWNERSHIP_CASES } from './ownership-cases.ts';
import { STEP, WEIGHT_CASES } from './weight-cases.ts';

const MIRRORED = { primary: 100, canary: 0, mirrored: true };
const MATCH = [{ headers: { 'x-canary': { exact: 'insider' } } }];
const AFFINITY = { cookieName: 'side', primaryCookieName: 'other' };
const COOKIES = { canary: 'side=abcdefghij', primary: 'other=klmnopqrst', previous: 'side=old' };

const GENERAL: readonly ContractCase<Router, RouterFixture>[] = [
  {
    name: 'a fitting spec has no problem',
    run: async (router, fixture) => {
      expect(await (await worldOf(router, fixture)).check()).toBeUndefined();
    },
  },
  {
    name: 'a spec that it cannot serve is a problem, which says why without the Canary’s annotations',
    appliesTo: (_router, { unfit }) => unfit !== undefined,
    run: async (router, fixture) => {
      const problem = await (await worldOf(router, fixture, fixture.unfit)).check();
      expect(problem?.reason).toMatch(/^[A-Z][A-Za-z]+$/);
      expect(problem?.message).toMatch(/^\S[^\n]{9,999}$/);
      expect(problem?.message).not.toContain(CANARY_SECRET);
    },
  },
  {
    name: 'what it is given stays as it is, and the same again gives the same',
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      await world.apply(ALL_TO_PRIMARY);
      const live = frozen(await world.live());
      const context = frozen(world.context);
      expect(router.writes(live, context, STEP)).toEqual(router.writes(live, context, STEP));
      expect(router.observe(live, context)).toEqual(router.observe(live, context));
    },
  },
  {
    name: 'it writes nothing but what it looks at, of the kinds that it names',
    run: async (router, fixture) => {
      const world = await worldOf(router, fixture);
      const objects = router.objects(world.context);
      for (const write of router.writes(await world.live(), world.context, STEP)) {
        const { namespace, name } = 'object' in write ? write.object.metadata : write.key;
        expect(objects).toContainEqual({ type: write.type, key: { namespace, name } });
        expect(router.kinds).toContainEqual(write.type);
      }
    },
  },
];

/** What a rollout may ask for beside weights. */
const FEATURES: readonly ContractCase<Router, RouterFixture>[] = [
  {
    name: 'a match is routed by, or makes no difference',
    run: async (router, fixture) => {
      const analysis = { match: MATCH, iterations: 2 };
      const world = await worldOf(router, fixture, { analysis }, { strategy: 'ab-testing' });
      await world.apply({ primary: 0, canary: 100, mirrored: false });
      const { match, weighted } = router.capabilities;
      expect(JSON.stringify(await world.live()).includes('insider')).toBe(match);
      const { weights } = await world.observe();
      expect(weights.canary).toBe(weighted ? 100 : 0);
      expect(await world.apply(weights)).toBe(false);
    },
  },
  {
    name: 'copies of requests are seen where they can be made',
    run: async (router, fixture) => {
      const analysis = { mirror: true, iterations: 2 };
      const world = await worldOf(router, fixture, { analysis }, { strategy: 'blue-green' });
      await world.apply(ALL_TO_PRIMARY);
      await world.apply(MIRRORED);
      const { mirror } = router.capabilities;
      expect((await world.observe()).weights).toEqual({ ...MIRRORED, mirrored: mirror });
      expect(await world.apply(MIRRORED)).toBe(false);
      await world.apply(ALL_TO_PRIMARY);
      expect((await world.observe()).weights).toEqual(ALL_TO_PRIMARY);
    },
  },
  {
    name: 'before a first weight copies are made only where the router says so',
    run: async (router, fixture) => {
      const analysis = { mirror: true, stepWeight: 10 };
      const world = await worldOf(router, fixture, { analysis });
      await world.apply(MIRRORED);
      const { weights } = await world.observe();
      expect(weights.mirrored).toBe(router.capabilities.mirrorsWeighted);
    },
  },
  {
    name: 'a client is kept where that can be done, and weights stay readable',
    run: async (router, fixture) => {
      const { affinity, weighted } = router.capabilities;
      const analysis = { sessionAffinity: AFFINITY };
      const world = await worldOf(router, fixture, { analysis }, { cookies: COOKIES });
      for (const canary of [0, 30, 100, 0]) {
        await world.apply({ primary: 100 - canary, canary, mirrored: false });
        const { weights, drifted } = await world.observe();
        expect(weights.canary).toBe(weighted ? canary : 0);
        expect(drifted).toBe(false);
        const text = JSON.stringify(await world.live());
        expect(text.includes('abcdefghij')).toBe(affinity && canary > 0);
        expect(text.includes('side=old; Max-Age=-1')).toBe(affinity && canary === 0);
      }
    },
  },
];

/** What every router must keep. */
export const routerContract: Contract<Router, RouterFixture> = {
  of: 'router',
  exported: 'router',
  index: ROUTERS,
  cases: [...GENERAL, ...WEIGHT_CASES, ...OWNERSHIP_CASES, ...FEATURES],
  mutants: ROUTER_MUTANTS,
};
