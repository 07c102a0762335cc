import { afterEach, expect, test } from 'vitest';
import type { CanaryStatus } from '../../../src/domain/canary.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { startedWorld } from '../../support/delivery-start.ts';
import { NAME, type DeliveryWorld } from '../../support/delivery-world.ts';

const FOREIGN = '5d8c7f';
let world: DeliveryWorld;
afterEach(() => world.kill());

/** A Canary that Flagger has run, whose controllers are away. */
async function ofFlagger(status: Partial<CanaryStatus>): Promise<void> {
  world = await startedWorld();
  await world.kill();
  await become(status);
}

async function become(status: Partial<CanaryStatus>): Promise<void> {
  const canary = world.canary();
  const digests = { lastAppliedSpec: FOREIGN, lastPromotedSpec: FOREIGN };
  const was = { phase: 'Initialized', failedChecks: 0, canaryWeight: 0, iterations: 0 } as const;
  await world.client.replaceStatus(RESOURCES.canaries, {
    ...canary,
    status: { ...was, ...canary.status, ...digests, ...status },
  });
}

/** What was written of other kinds than Canaries and runs; the statuses of Deployments are their controller's. */
function written(from: number): string[] {
  return world.client.writes
    .slice(from)
    .filter(({ resource }) => !['canaries', 'rolloutruns'].includes(resource))
    .filter(({ verb }) => verb !== 'replaceStatus')
    .map(({ verb, resource, key }) => `${verb} ${resource} ${key}`);
}

/** Starts Sluice and lets a minute pass. */
async function started(): Promise<string[]> {
  const from = world.client.writes.length;
  world.start();
  await world.clock.advance(60_000);
  return written(from);
}

function applied(): string {
  return world.canary().status?.lastAppliedSpec ?? '';
}

test('a settled Canary is adopted: one status write and nothing else', async () => {
  await ofFlagger({ phase: 'Succeeded' });
  expect(await started()).toEqual([]);
  expect(applied()).toMatch(/^sluice\.v1:/);
  expect(world.runs()).toEqual([]);
  expect(world.phase()).toBe('Succeeded');
});

test('a target that changed in the gap is rolled out once', async () => {
  await ofFlagger({ phase: 'Succeeded' });
  await world.release('podinfo:2');
  world.start();
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'promoted');
  await world.until('Succeeded');
  await world.clock.advance(120_000);
  expect(world.runs()).toHaveLength(1);
});

test('one that is set back on the way is no new rollout: the baseline is known', async () => {
  await ofFlagger({ phase: 'Succeeded' });
  await world.release('podinfo:2');
  world.start();
  await world.untilTrue(() => world.weight() === 30, 'a share');
  await world.release('podinfo:1');
  await world.clock.advance(120_000);
  expect(world.runs().map(({ status }) => status?.phase)).toEqual(['Aborted']);
  expect(world.weight()).toBe(0);
});

async function inFlight(): Promise<void> {
  await ofFlagger({ phase: 'Progressing', canaryWeight: 30 });
  await world.release('podinfo:2');
  await world.scale(NAME, 2);
  await world.setWeight(30);
}

test('a rollout that was under way is left alone until somebody retries it', async () => {
  await inFlight();
  expect(await started()).toEqual([]);
  expect(world.weight()).toBe(30);
  expect(world.condition('Ready')?.reason).toBe('TakeoverInFlight');
  expect(world.lastRun().spec.takenOver).toEqual({ phase: 'Progressing', digest: FOREIGN });
  const said = await world.say('Retry');
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'promoted');
  await world.until('Succeeded');
  await world.clock.advance(10_000);
  expect(world.outcome(said)).toContain('Done');
  expect(world.runs().map(({ status }) => status?.phase)).toEqual(['Superseded', 'Succeeded']);
  expect(world.condition('Ready')).toBeUndefined();
});

test('Sluice may be restarted meanwhile: there is still one record', async () => {
  await inFlight();
  await started();
  await world.kill();
  expect(await started()).toEqual([]);
  expect(world.runs()).toHaveLength(1);
});

test('a rollout that was under way can be aborted', async () => {
  await inFlight();
  await started();
  await world.say('Abort');
  await world.until('Failed');
  await world.clock.advance(120_000);
  expect(world.weight()).toBe(0);
  expect(world.target().spec.replicas).toBe(0);
  expect(world.runs()).toHaveLength(1);
});

test('a Canary that is marked as Flagger’s is not touched, and taken over when the mark goes', async () => {
  await ofFlagger({ phase: 'Succeeded' });
  const mark = (executor: string | null): Promise<unknown> =>
    world.client.patch(
      RESOURCES.canaries,
      { namespace: 'shop', name: NAME },
      { type: 'merge', body: { metadata: { annotations: { 'sluice.dev/executor': executor } } } },
      { signal: new AbortController().signal },
    );
  await mark('flagger');
  await world.release('podinfo:2');
  const from = world.client.writes.length;
  world.start();
  await world.clock.advance(120_000);
  expect(written(from)).toEqual([]);
  expect(applied()).toBe(FOREIGN);
  await mark(null);
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'promoted');
});
