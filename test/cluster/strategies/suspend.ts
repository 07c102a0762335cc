import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '../report.ts';
import { canaryOf, INTERVAL_S, noneLost, workload, type Scenario } from './world.ts';

/** A suspended Canary does nothing about a change, and goes on with it afterwards. */
export const scenario: Scenario = {
  name: 'suspend',
  play: async (world) => {
    await world.start(canaryOf(world), workload('Deployment'));
    const load = await world.load();
    await world.patchCanary({ spec: { suspend: true } });
    await world.setImage('6.0.1');
    await world.check('nothing moves while it is suspended', async () => {
      // Nothing is what is waited for: it must be given the time to happen.
      await delay(3 * INTERVAL_S * 1000);
      const phases = world.record.phases.join(' ');
      expect(world.seen('Initialized') === true && world.record.weight === 0, phases);
      return phases;
    });
    await world.patchCanary({ spec: { suspend: false } });
    await world.check('the change is rolled out afterwards', async () => {
      await world.untilPhase('Succeeded');
      return world.record.phases.join(' ');
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};
