import { expect } from '../report.ts';
import { canaryOf, noneLost, STEPS, workload, type Scenario } from './world.ts';

const GROUP = 'keda.sh/v1alpha1';
const PAUSED = 'autoscaling.keda.sh/paused-replicas';

/** A ScaledObject: no KEDA runs here, so what counts is what is written into the objects. */
export const scenario: Scenario = {
  name: 'keda',
  note: 'objects of KEDA only',
  play: async (world) => {
    const autoscalerRef = { apiVersion: GROUP, kind: 'ScaledObject', name: 'podinfo' };
    await world.start(
      canaryOf(world, STEPS, { autoscalerRef }),
      workload('Deployment'),
      SCALED_OBJECT,
    );
    const paused = async (): Promise<string | undefined> => {
      const { metadata } = await world.get(GROUP, 'scaledobjects');
      return metadata.annotations?.[PAUSED];
    };
    await world.check('the primary gets its own, with queries about the primary', async () => {
      const { spec } = (await world.get(GROUP, 'scaledobjects', 'podinfo-primary')) as {
        spec?: { scaleTargetRef: { name: string }; triggers: { metadata: { query: string } }[] };
      };
      const query = spec?.triggers[0]?.metadata.query ?? '';
      expect(spec?.scaleTargetRef.name === 'podinfo-primary', 'it scales another Deployment');
      expect(query.includes('podinfo-primary'), query);
      return query;
    });
    await world.check('the one of the target is paused at nothing', async () => {
      const replicas = await paused();
      expect(replicas === '0', `paused-replicas ${String(replicas)}`);
      return undefined;
    });
    const load = await world.load();
    await world.setImage('6.0.1');
    await world.check('it is resumed for the rollout, and paused again after it', async () => {
      await world.untilPhase('Progressing');
      const during = await paused();
      await world.untilPhase('Succeeded');
      const after = await paused();
      expect(during === undefined && after === '0', `${String(during)}, then ${String(after)}`);
      return undefined;
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};

const SCALED_OBJECT = {
  apiVersion: GROUP,
  kind: 'ScaledObject',
  metadata: { name: 'podinfo' },
  spec: {
    scaleTargetRef: { name: 'podinfo' },
    minReplicaCount: 1,
    maxReplicaCount: 3,
    triggers: [
      {
        type: 'prometheus',
        name: 'requests',
        metadata: {
          serverAddress: 'http://prometheus:9090',
          threshold: '100',
          query: 'sum(rate(http_requests_total{deployment="podinfo"}[1m]))',
        },
      },
    ],
  },
};
