import { expect } from '../report.ts';
import { canaryOf, isPrimary, noneLost, workload, type Scenario } from './world.ts';

/** Tested beside the primary without traffic, then all of it at once. */
export const scenario: Scenario = {
  name: 'blue-green',
  play: async (world) => {
    const metrics: readonly object[] = [];
    await world.start(canaryOf(world, { iterations: 2, metrics }), workload('Deployment'));
    const load = await world.load();
    await world.setImage('6.0.1');
    await world.check(
      'all traffic is switched once, and goes to the promoted primary',
      async () => {
        await world.untilPhase('Succeeded');
        const seen = world.record.weights.map(({ weight }) => weight).join(' ');
        expect(seen === '0 100 0', seen);
        return seen;
      },
    );
    await world.check('nobody meets the canary before the switch', () => {
      const [, switched] = world.record.weights;
      const before = load.between(0, switched?.at ?? 0);
      const early = before.filter((answer) => !isPrimary(answer)).length;
      expect(before.length > 0 && early === 0, `${early} of ${before.length}`);
      return `0 of ${before.length}`;
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};
