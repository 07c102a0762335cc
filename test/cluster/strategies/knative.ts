import type { ApiObject } from '../api.ts';
import { expect } from '../report.ts';
import { NAME, STEPS, type Scenario, type StrategyWorld } from './world.ts';
import { PROMETHEUS_URL } from '../data-plane.ts';
import { waitFor } from '../wait.ts';

const GROUP = 'serving.knative.dev/v1';

/** A Knative Service: no Knative runs here, so the suite writes what its controller would. */
export const scenario: Scenario = {
  name: 'knative',
  note: 'objects only',
  play: async (world) => {
    await world.createNamespace();
    await world.apply(SERVICE);
    const stop = actAsKnative(world);
    const weights = recordWeights(world);
    try {
      await release(world, `${NAME}-00001`);
      await world.apply(canary());
      await world.untilPhase('Initialized');
      await release(world, `${NAME}-00002`);
      await world.check('the traffic of the Service moves by itself', async () => {
        await waitFor('the first step', () => weights.seen.includes(20) || undefined, 60_000);
        const seen = weights.seen.join(' ');
        return seen;
      });
      await world.check('the revision is promoted when nothing measures it', async () => {
        await world.untilPhase('Succeeded');
        const seen = weights.seen.join(' ');
        expect(seen === '0 20 40 60 0', seen);
        const { metadata } = await world.get(GROUP, 'services');
        const primary = metadata.annotations?.['flagger.app/primary-revision'];
        expect(primary === `${NAME}-00002`, `primary ${String(primary)}`);
        return seen;
      });
    } finally {
      stop();
      weights.stop();
    }
  },
};

const SERVICE = {
  apiVersion: GROUP,
  kind: 'Service',
  metadata: { name: NAME },
  spec: { template: { spec: { containers: [{ image: 'podinfo:6.0.0' }] } } },
};

function canary(): object {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: NAME },
    spec: {
      provider: 'knative',
      metricsServer: PROMETHEUS_URL,
      targetRef: { apiVersion: GROUP, kind: 'Service', name: NAME },
      analysis: { interval: '2s', threshold: 2, ...STEPS, metrics: [] as object[] },
    },
  };
}

/** A new revision that is ready. */
async function release(world: StrategyWorld, name: string): Promise<void> {
  const { api } = world.context.cluster;
  const ready = [{ type: 'Ready', status: 'True' }];
  await world.apply({
    apiVersion: GROUP,
    kind: 'Revision',
    metadata: { name },
    spec: { containers: [{ image: 'podinfo:6.0.0' }] },
  });
  const status = { observedGeneration: 1, conditions: ready };
  await api.merge(`${world.path(GROUP, 'revisions', name)}/status`, { status });
  await api.merge(`${world.path(GROUP, 'services')}/status`, {
    status: {
      latestCreatedRevisionName: name,
      latestReadyRevisionName: name,
      conditions: ready,
    },
  });
}

interface Traffic {
  latestRevision?: boolean;
  percent?: number;
  revisionName?: string;
}

function trafficOf(service: ApiObject, part: 'spec' | 'status'): Traffic[] {
  return (service[part] as { traffic?: Traffic[] } | undefined)?.traffic ?? [];
}

/** Repeats the traffic that was asked for as the traffic that is. */
function actAsKnative(world: StrategyWorld): () => void {
  const { api } = world.context.cluster;
  const path = `/apis/${GROUP}/namespaces/${world.namespace}/services`;
  return api.watch(path, (type, services) => {
    if (type === 'DELETED') return;
    for (const service of services) {
      const status = service['status'] as { latestCreatedRevisionName?: string } | undefined;
      const newest = status?.latestCreatedRevisionName;
      const traffic = trafficOf(service, 'spec').map((each) => ({
        latestRevision: each.latestRevision === true,
        percent: each.percent ?? 0,
        revisionName: each.revisionName ?? newest,
      }));
      const isSame = JSON.stringify(traffic) === JSON.stringify(trafficOf(service, 'status'));
      if (traffic.length === 0 || isSame) continue;
      void api.merge(`${path}/${NAME}/status`, { status: { traffic } }).catch(() => undefined);
    }
  });
}

function recordWeights(world: StrategyWorld): { seen: number[]; stop: () => void } {
  const seen: number[] = [];
  const path = `/apis/${GROUP}/namespaces/${world.namespace}/services`;
  const stop = world.context.cluster.api.watch(path, (_type, services) => {
    for (const service of services) {
      const latest = trafficOf(service, 'spec').find(({ latestRevision }) => latestRevision);
      if (latest === undefined) continue;
      const weight = latest.percent ?? 0;
      if (seen.at(-1) !== weight) seen.push(weight);
    }
  });
  return { seen, stop };
}
