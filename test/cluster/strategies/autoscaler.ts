import { expect } from '../report.ts';
import { waitFor } from '../wait.ts';
import { startMetricsStub } from '../metrics-stub.ts';
import { canaryOf, noneLost, STEPS, workload, type Scenario, type StrategyWorld } from './world.ts';

const MIN = 2;

/** The primary has an autoscaler of its own, and keeps its size when it is promoted. */
export const scenario: Scenario = {
  name: 'autoscaler',
  play: async (world) => {
    const stop = await startMetricsStub(world.context, () => '50m');
    try {
      await world.start(
        canaryOf(world, STEPS, { autoscalerRef }),
        workload('Deployment'),
        AUTOSCALER,
      );
      await world.check('the primary is scaled by its own autoscaler', async () => {
        await waitFor('its size', () => hasSize(world, MIN), 60_000);
        return `${MIN} replicas`;
      });
      const load = await world.load();
      const sizes = new Set<number>();
      const { api } = world.context.cluster;
      const path = `/apis/apps/v1/namespaces/${world.namespace}/deployments`;
      const end = api.watch(path, (_type, objects) => {
        for (const each of objects) {
          if (each.metadata.name === 'podinfo-primary') sizes.add(sizeOf(each));
        }
      });
      await world.setImage('6.0.1');
      await world.check('a promotion leaves it as large as it is', async () => {
        await world.untilPhase('Succeeded');
        end();
        const seen = [...sizes].join(', ');
        expect(Math.min(...sizes) >= MIN, seen);
        return `replicas seen: ${seen}`;
      });
      await world.check('no request is lost', () => noneLost(load));
    } finally {
      stop();
    }
  },
};

const autoscalerRef = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  name: 'podinfo',
  primaryScalerReplicas: { minReplicas: MIN, maxReplicas: 4 },
};

const AUTOSCALER = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'podinfo' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    minReplicas: 1,
    maxReplicas: 4,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '100m' } },
      },
    ],
  },
};

function sizeOf(deployment: { [field: string]: unknown }): number {
  return (deployment['spec'] as { replicas?: number }).replicas ?? 1;
}

async function hasSize(world: StrategyWorld, size: number): Promise<true | undefined> {
  const primary = await world.get('apps/v1', 'deployments', 'podinfo-primary');
  return sizeOf(primary) === size ? true : undefined;
}
