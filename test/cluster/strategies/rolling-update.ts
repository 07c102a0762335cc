import { setTimeout as delay } from 'node:timers/promises';
import type { ApiObject } from '../api.ts';
import { GATEWAY } from '../data-plane.ts';
import { expect } from '../report.ts';
import { waitFor } from '../wait.ts';
import {
  CONFIGURATION,
  NAME,
  noneLost,
  workload,
  type Scenario,
  type StrategyWorld,
} from './world.ts';

const LIMIT_MS = 90_000;

/** A plain Deployment under government: held by a window, rolled out when it opens, taken back when it fails. */
export const scenario: Scenario = {
  name: 'rolling-update',
  play: async (world) => {
    await world.createNamespace();
    const governed = { labels: { 'sluice.dev/governed': 'true' } };
    await world.apply(...CONFIGURATION, workload('Deployment', governed), ...served(world));
    await waitFor('its first good revision', () => isGood(world), 30_000);
    const load = await world.load();
    await world.apply(FREEZE);
    await world.setImage('6.0.1');
    await world.check('held while the window is closed', async () => {
      await waitFor('the run is held', () => runIs(world, 'Held'), LIMIT_MS);
      // Nothing is what is waited for: it must be given the time to happen.
      await delay(3000);
      expect(await isPaused(world), 'it is not paused');
      return 'paused';
    });
    await world.context.kubectl(['-n', world.namespace, 'delete', 'changewindow', 'freeze']);
    await world.check('rolled out when it opens', async () => {
      await waitFor('the run has succeeded', () => runIs(world, 'Succeeded'), LIMIT_MS);
      return imageOf(await deployment(world));
    });
    await world.setImage('6.0.2-crash');
    await world.check('the last good template comes back when it fails', async () => {
      await waitFor('the run has failed', () => runIs(world, 'Failed'), LIMIT_MS);
      await waitFor('it is back', () => hasImage(world, '6.0.1'), LIMIT_MS);
      return imageOf(await deployment(world));
    });
    await world.setImage('6.0.2-crash');
    await world.check('the failed revision is not rolled out again', async () => {
      await delay(3000);
      const paused = await isPaused(world);
      const count = (await runs(world)).length;
      expect(paused && count === 2, `${count} runs, paused ${String(paused)}`);
      return 'held';
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};

const FREEZE = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'ChangeWindow',
  metadata: { name: 'freeze' },
  spec: {
    type: 'Deny',
    schedule: { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' },
    reason: 'frozen',
  },
};

function served({ host }: StrategyWorld): object[] {
  const ports = [{ name: 'http', port: 9898, targetPort: 9898 }];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME },
      spec: { selector: { app: NAME }, ports },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: NAME },
      spec: {
        parentRefs: [GATEWAY],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: NAME, port: 9898 }] }],
      },
    },
  ];
}

function deployment(world: StrategyWorld): Promise<ApiObject> {
  return world.get('apps/v1', 'deployments');
}

async function isGood(world: StrategyWorld): Promise<true | undefined> {
  const { metadata } = await deployment(world);
  return metadata.annotations?.['sluice.dev/good-revisions'] === undefined ? undefined : true;
}

async function isPaused(world: StrategyWorld): Promise<boolean> {
  const spec = (await deployment(world))['spec'] as { paused?: boolean };
  return spec.paused === true;
}

function imageOf(object: ApiObject): string {
  const { spec } = object as { spec?: { template: { spec: { containers: { image: string }[] } } } };
  return spec?.template.spec.containers[0]?.image ?? '';
}

async function hasImage(world: StrategyWorld, tag: string): Promise<true | undefined> {
  return imageOf(await deployment(world)) === `podinfo:${tag}` ? true : undefined;
}

async function runs({ context, namespace }: StrategyWorld): Promise<ApiObject[]> {
  const path = `/apis/sluice.dev/v1alpha1/namespaces/${namespace}/rolloutruns`;
  const { items } = await context.cluster.api.list(path);
  return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

async function runIs(world: StrategyWorld, phase: string): Promise<true | undefined> {
  const status = (await runs(world)).at(-1)?.['status'] as { phase?: string } | undefined;
  return status?.phase === phase ? true : undefined;
}
