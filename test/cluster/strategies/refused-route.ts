import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '../report.ts';
import { waitFor } from '../wait.ts';
import {
  canaryOf,
  INTERVAL_S,
  noneLost,
  workload,
  type Scenario,
  type StrategyWorld,
} from './world.ts';

/** Traefik accepts a route with a mirror and answers 500 to everything: what its class does not list is never written. */
export const scenario: Scenario = {
  name: 'refused-route',
  play: async (world) => {
    await world.start(canaryOf(world), workload('Deployment'));
    const load = await world.load();
    const before = JSON.stringify(await routeOf(world));
    const mirror = [{ backendRef: { name: 'podinfo-primary', port: 9898 } }];
    await world.patchCanary({ spec: { service: { mirror } } });
    await world.check('a mirror that the gateway does not do is a condition', async () => {
      const message = await waitFor('the condition', () => problemOf(world), 30_000);
      expect(message.includes('HTTPRouteRequestMirror'), message);
      return message;
    });
    await world.setImage('6.0.1');
    await world.check('nothing is rolled out, and the route stays', async () => {
      // Nothing is what is waited for: it must be given the time to happen.
      await delay(2 * INTERVAL_S * 1000);
      expect(JSON.stringify(await routeOf(world)) === before, 'the route was changed');
      expect(world.record.weight === 0, `weight ${world.record.weight}`);
      return world.record.phases.join(' ');
    });
    await world.patchCanary({ spec: { service: { mirror: null } } });
    await world.check('without it the release is promoted', async () => {
      await world.untilPhase('Succeeded');
      return world.record.phases.join(' ');
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};

async function routeOf(world: StrategyWorld): Promise<unknown> {
  return (await world.get('gateway.networking.k8s.io/v1', 'httproutes'))['spec'];
}

/** The message of the condition that says what the gateway does not do. */
async function problemOf(world: StrategyWorld): Promise<string | undefined> {
  const { status } = (await world.get('flagger.app/v1beta1', 'canaries')) as {
    status?: { conditions?: { reason: string; message: string }[] };
  };
  return status?.conditions?.find(({ reason }) => reason === 'RouteUnsupported')?.message;
}
