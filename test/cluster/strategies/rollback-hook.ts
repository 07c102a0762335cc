import { createServer, type Server } from 'node:http';
import { ADDRESSES } from '../network.ts';
import { expect } from '../report.ts';
import { waitFor } from '../wait.ts';
import { canaryOf, noneLost, STEPS, workload, type Scenario } from './world.ts';

const PORT = 9094;

/** A `rollback` hook that answers with success ends the rollout, however good the release is. */
export const scenario: Scenario = {
  name: 'rollback-hook',
  play: async (world) => {
    let status = 403;
    const server = await listen(() => status);
    try {
      const url = `http://${ADDRESSES.hooks}:${PORT}/`;
      const webhooks = [{ name: 'rollback', type: 'rollback', url }];
      await world.start(canaryOf(world, { ...STEPS, webhooks }), workload('Deployment'));
      const load = await world.load();
      await world.setImage('6.0.1');
      await waitFor('the first step', () => world.record.weight > 0 || undefined, 60_000);
      status = 200;
      await world.check('rolled back because the hook asked for it', async () => {
        await world.untilPhase('Failed');
        expect(world.record.weight === 0, `weight ${world.record.weight}`);
        return world.record.weights.map(({ weight }) => weight).join(' ');
      });
      await world.check('no request is lost', () => noneLost(load));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  },
};

function listen(status: () => number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status()).end();
  });
  return new Promise((resolve) => {
    server.listen(PORT, ADDRESSES.hooks, () => {
      resolve(server);
    });
  });
}
