import { expect } from '../report.ts';
import { canaryOf, noneLost, STEPS, workload, type Scenario } from './world.ts';

/** Promoted as soon as the canary is ready. */
export const scenario: Scenario = {
  name: 'skip-analysis',
  play: async (world) => {
    await world.start(canaryOf(world, STEPS, { skipAnalysis: true }), workload('Deployment'));
    const load = await world.load();
    await world.setImage('6.0.1');
    await world.check('promoted without a step', async () => {
      await world.untilPhase('Succeeded');
      const seen = world.record.weights.map(({ weight }) => weight).join(' ');
      expect(seen === '0', seen);
      return world.record.phases.join(' ');
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};
