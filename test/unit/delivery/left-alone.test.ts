import { expect, test } from 'vitest';
import type { Canary } from '../../../src/domain/canary.ts';
import type { Executor } from '../../../src/delivery/execute.ts';
import type { Fence } from '../../../src/delivery/foreign-executor.ts';
import { leftAlone } from '../../../src/delivery/left-alone.ts';
import { CanaryMemory } from '../../../src/delivery/memory.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

const signal = new AbortController().signal;

/** One Canary before the eyes of one process. */
class Scene {
  readonly clock = new VirtualClock();
  readonly client = new MemoryClient(this.clock);
  readonly memory = new CanaryMemory();
  readonly told: string[] = [];
  fence: Fence | undefined;

  static async create(): Promise<Scene> {
    const scene = new Scene();
    await scene.client.create(RESOURCES.canaries, canaryOf());
    return scene;
  }

  /** A look at the Canary as Flagger wrote its status last. */
  look(writtenAt: string): Promise<unknown> {
    const canary = this.client.peek<Canary>(RESOURCES.canaries, 'shop', 'app');
    if (canary === undefined) throw new Error('there is no Canary');
    const managedFields = [{ manager: 'flagger', subresource: 'status', time: writtenAt }];
    const metadata = { ...canary.metadata, managedFields };
    const { client, clock, fence } = this;
    const executor = {
      deps: { client, clock, fence },
      announcer: {
        announce: (_canary: Canary, { message }: { message: string }) => this.told.push(message),
      },
    } as unknown as Executor;
    return leftAlone(executor, { ...canary, metadata }, this.memory, signal);
  }

  writes(): string[] {
    return this.client.writes.filter(({ verb }) => verb !== 'create').map(({ verb }) => verb);
  }
}

test('what Flagger wrote before counts for nothing', async () => {
  const scene = await Scene.create();
  expect(await scene.look('10:00')).toBeUndefined();
  expect(await scene.look('10:00')).toBeUndefined();
});

test('a Flagger that writes while we watch: the Canary is left alone, and told of once', async () => {
  const scene = await Scene.create();
  await scene.look('10:00');
  expect(await scene.look('10:01')).toEqual({ requeueAfterMs: 15_000 });
  expect(await scene.look('10:02')).toEqual({ requeueAfterMs: 15_000 });
  expect(scene.told).toEqual([expect.stringContaining('Flagger writes the status')]);
  expect(scene.writes()).toEqual(['replaceStatus']);
});

test('until it has been silent for five minutes', async () => {
  const scene = await Scene.create();
  await scene.look('10:00');
  await scene.look('10:01');
  await scene.clock.advance(299_000);
  expect(await scene.look('10:01')).toBeDefined();
  await scene.clock.advance(2000);
  expect(await scene.look('10:01')).toBeUndefined();
});

test('or until the fence keeps it out', async () => {
  const scene = await Scene.create();
  await scene.look('10:00');
  scene.fence = { closed: true, foreignSign: () => 'the Lease is renewed' };
  expect(await scene.look('10:01')).toBeUndefined();
});

test('a Lease that somebody renews is a sign, too', async () => {
  const scene = await Scene.create();
  scene.fence = { closed: false, foreignSign: () => 'the Lease a/b is renewed by a Flagger' };
  expect(await scene.look('10:00')).toBeDefined();
  expect(scene.told[0]).toContain('the Lease a/b is renewed by a Flagger; Sluice leaves it alone');
});
