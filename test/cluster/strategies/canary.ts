import { expect } from '../report.ts';
import {
  canaryOf,
  during,
  noneLost,
  onlyCanaryFailed,
  shareOf,
  workload,
  type Scenario,
} from './world.ts';

/** Shares are exact at the gateway; few requests at a step leave them some points off. */
const MAX_POINTS = 6;

/** Steps of weight, a promotion, then a release whose errors roll it back. */
export const scenario: Scenario = {
  name: 'canary',
  play: async (world) => {
    await world.start(canaryOf(world), workload('Deployment'));
    const load = await world.load();
    await world.setImage('6.0.1');
    await world.check('a good release is promoted in steps', async () => {
      await world.untilPhase('Succeeded');
      const seen = world.record.weights.map(({ weight }) => weight).join(' ');
      expect(seen === '0 20 40 60 0', seen);
      return seen;
    });
    await world.check('each step gets its share', () => {
      const parts = [20, 40, 60].map((weight) => {
        const share = shareOf(during(load, world.record.weights, weight)) ?? Number.NaN;
        expect(Math.abs(share - weight) <= MAX_POINTS, `${weight}: ${share.toFixed(1)}`);
        return `${weight}: ${share.toFixed(1)}`;
      });
      return parts.join(', ');
    });
    await world.check('no request is lost', () => noneLost(load));
    const bad = await world.load();
    await world.setImage('6.0.2-err50');
    await world.check('a bad release is rolled back, and only the canary has failed', async () => {
      await world.untilPhase('Failed');
      return onlyCanaryFailed(bad);
    });
  },
};
