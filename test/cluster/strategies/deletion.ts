import { GATEWAY } from '../data-plane.ts';
import { waitFor } from '../wait.ts';
import { canaryOf, isPrimary, NAME, noneLost, workload, type Scenario } from './world.ts';

/**
 * A Canary with `revertOnDeletion` goes: the target serves before the primary ends. Service and route were there before
 * the Canary, so that they stay.
 */
export const scenario: Scenario = {
  name: 'deletion',
  play: async (world) => {
    const ports = [{ name: 'http', port: 9898, targetPort: 9898 }];
    const service = { selector: { app: NAME }, ports };
    const route = {
      parentRefs: [GATEWAY],
      hostnames: [world.host],
      rules: [{ backendRefs: [{ name: NAME, port: 9898 }] }],
    };
    const spec = { provider: 'kubernetes', revertOnDeletion: true };
    await world.start(
      canaryOf(world, { iterations: 1, metrics: [] }, spec),
      workload('Deployment'),
      { apiVersion: 'v1', kind: 'Service', metadata: { name: NAME }, spec: service },
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'mine' },
        spec: route,
      },
    );
    const load = await world.load();
    await waitFor(
      'the primary serves',
      () => {
        const last = load.answers.at(-1);
        return last !== undefined && isPrimary(last) ? true : undefined;
      },
      30_000,
    );
    await world.check('the Canary goes, and its primary after it', async () => {
      await world.context.kubectl([
        '-n',
        world.namespace,
        'delete',
        'canary',
        NAME,
        '--timeout=60s',
      ]);
      const path = world.path('apps/v1', 'deployments', `${NAME}-primary`);
      const { api } = world.context.cluster;
      await waitFor(
        'the primary is gone',
        async () => (await api.find(path)) === undefined || undefined,
        60_000,
      );
      return undefined;
    });
    await world.check('the target alone serves afterwards', async () => {
      const isOver = (): true | undefined => {
        const last = load.answers.slice(-20);
        return last.some((answer) => answer.status !== 200 || isPrimary(answer)) ? undefined : true;
      };
      await waitFor('answers of the target alone', isOver, 20_000);
      return undefined;
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};
