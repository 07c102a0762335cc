import { expect } from '../report.ts';
import { canaryOf, isPrimary, noneLost, SETTLE_MS, workload, type Scenario } from './world.ts';

const HEADERS = { 'x-canary': 'insider' };

/** Insiders, told by a header, get the new version; everybody else the old one until the promotion. */
export const scenario: Scenario = {
  name: 'ab-testing',
  play: async (world) => {
    const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
    await world.start(canaryOf(world, { iterations: 3, match }), workload('Deployment'));
    const insiders = await world.load({ headers: HEADERS });
    const others = await world.load();
    await world.setImage('6.0.1');
    await world.check('the release is promoted after its iterations', async () => {
      await world.untilPhase('Succeeded');
      return world.record.phases.join(' ');
    });
    await world.check('insiders meet the canary, others the primary', () => {
      const [, begun, ended] = world.record.weights;
      expect(begun !== undefined && ended !== undefined, 'the route never had the match');
      const during = insiders.between(begun.at + SETTLE_MS, ended.at);
      const strays = during.filter(isPrimary).length;
      const seen = others.between(begun.at, ended.at).filter((each) => !isPrimary(each)).length;
      const text = `${strays} of ${during.length} insiders on the primary, ${seen} others on the canary`;
      expect(during.length > 50 && strays === 0 && seen === 0, text);
      return text;
    });
    await world.check('no request is lost', () => `${noneLost(insiders)}; ${noneLost(others)}`);
  },
};
