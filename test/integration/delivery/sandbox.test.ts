import { afterEach, expect, test } from 'vitest';
import type { Canary } from '../../../src/domain/canary.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { SandboxDelivery } from '../../support/sandbox-delivery.ts';

interface TestDeployment extends KubeObject {
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
}

let sandbox: SandboxDelivery | undefined;

afterEach(async () => {
  await sandbox?.close();
});

async function started(...options: Parameters<SandboxDelivery['start']>): Promise<SandboxDelivery> {
  sandbox = new SandboxDelivery();
  await sandbox.start(...options);
  await sandbox.until('Initialized');
  await sandbox.clock.advance(40_000);
  return sandbox;
}

const imageOf = async (world: SandboxDelivery, name: string): Promise<string | undefined> =>
  (await world.get<TestDeployment>(RESOURCES.deployments, name))?.spec.template.spec.containers[0]
    ?.image;

test('a good release is promoted on measured traffic', async () => {
  const world = await started();
  await world.release('podinfo:6.0.1');
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 20, 40, 60, 0]);
  expect(world.phases).toEqual([
    'Initializing',
    'Initialized',
    'Progressing',
    'Promoting',
    'Finalising',
    'Succeeded',
  ]);
  expect(await imageOf(world, 'podinfo-primary')).toBe('podinfo:6.0.1');
  await world.clock.advance(20_000);
  expect((await world.get<TestDeployment>(RESOURCES.deployments, 'podinfo'))?.spec.replicas).toBe(
    0,
  );
  const runs = await world.runs();
  expect(runs).toHaveLength(1);
  expect(runs[0]?.status?.outcome?.reason).toBe('Promoted');
  await world.clock.advance(60_000);
  const canary = await world.get<Canary>(RESOURCES.canaries, 'podinfo');
  expect(canary?.status?.conditions?.map(({ type }) => type)).toEqual(['Promoted']);
});

test('a Canary made again in a rollout after its primary was collected begins from the target as it is', async () => {
  const world = await started();
  await world.release('podinfo:6.0.1');
  await world.clock.runUntil(() => world.weights.at(-1) === 20, 300_000);
  await world.recreate();
  await world.clock.runUntil(() => world.phases.at(-1) === 'Initializing', 60_000);
  await world.until('Initialized');
  await world.clock.advance(60_000);
  expect(await imageOf(world, 'podinfo-primary')).toBe('podinfo:6.0.1');
  expect(world.weights.at(-1)).toBe(0);
  for (const name of ['podinfo', 'podinfo-primary', 'podinfo-canary']) {
    expect(await world.get(RESOURCES.services, name)).toBeDefined();
  }
  const ends = (await world.runs()).map(({ status }) => status?.outcome?.reason);
  expect(ends).toEqual(['SubjectDeleted']);
});

test.each([false, true])(
  'a namespace that is deleted in a rollout goes, with revertOnDeletion %s',
  async (revertOnDeletion) => {
    const world = await started({ revertOnDeletion });
    await world.release('podinfo:6.0.1');
    await world.clock.runUntil(() => world.weights.at(-1) === 20, 300_000);
    await world.deleteNamespace();
    const isThere = async (): Promise<boolean> => (await world.namespace()) !== undefined;
    for (let i = 0; i < 120 && (await isThere()); i++) await world.clock.advance(1000);
    expect(await isThere()).toBe(false);
    expect(await world.runs()).toEqual([]);
  },
);

test('a release that fails half of its requests is rolled back', async () => {
  const world = await started();
  await world.release('podinfo:6.0.1-err50');
  await world.until('Failed');
  expect(world.weights).toEqual([0, 20, 0]);
  expect(await imageOf(world, 'podinfo-primary')).toBe('podinfo:6.0.0');
  expect((await world.runs())[0]?.status).toMatchObject({
    failedChecks: 2,
    outcome: { reason: 'FailedChecks' },
  });
});

test('a release that is too slow is rolled back', async () => {
  const world = await started();
  await world.release('podinfo:6.0.1-lat900');
  await world.until('Failed');
  expect(world.events.some((event) => /request duration .*s > 500ms/.test(event))).toBe(true);
});

test('a release that crashes never gets traffic', async () => {
  const world = await started();
  await world.release('podinfo:6.0.1-crash');
  await world.until('Failed');
  expect(world.weights).toEqual([0]);
  expect((await world.runs())[0]?.status?.outcome?.reason).toBe('ProgressDeadlineExceeded');
});

test('without a router a release is promoted after its iterations', async () => {
  const analysis = { interval: '10s', threshold: 2, iterations: 2 };
  const world = await started({ provider: 'kubernetes', analysis });
  await world.release('podinfo:6.0.1');
  await world.until('Succeeded');
  expect(await imageOf(world, 'podinfo-primary')).toBe('podinfo:6.0.1');
});

test('deletion with revertOnDeletion leaves a target that serves', async () => {
  const world = await started({ revertOnDeletion: true });
  await world.delete();
  const gone = async (): Promise<boolean> =>
    (await world.get(RESOURCES.canaries, 'podinfo')) === undefined;
  for (let i = 0; i < 60 && !(await gone()); i++) await world.clock.advance(1000);
  expect(await gone()).toBe(true);
  expect((await world.get<TestDeployment>(RESOURCES.deployments, 'podinfo'))?.spec.replicas).toBe(
    2,
  );
});
