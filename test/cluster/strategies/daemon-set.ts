import { expect } from '../report.ts';
import { canaryOf, noneLost, STEPS, workload, type Scenario } from './world.ts';

/** A DaemonSet as target: scaled to nothing by a node selector, rolled out in steps. */
export const scenario: Scenario = {
  name: 'daemon-set',
  play: async (world) => {
    const targetRef = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'podinfo' };
    await world.start(canaryOf(world, STEPS, { targetRef }), workload('DaemonSet'));
    const load = await world.load();
    await world.setImage('6.0.1', 'daemonsets');
    await world.check('a good release is promoted in steps', async () => {
      await world.untilPhase('Succeeded');
      const seen = world.record.weights.map(({ weight }) => weight).join(' ');
      expect(seen === '0 20 40 60 0', seen);
      return seen;
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};
