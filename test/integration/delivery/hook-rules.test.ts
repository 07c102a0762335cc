import { expect, test } from 'vitest';
import type { CanaryAnalysis, CanaryHook, HookType } from '../../../src/domain/canary.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const HERE = `${NAME}.${NAMESPACE}`;

interface Given {
  readonly hooks: readonly (HookType | CanaryHook)[];
  readonly answers?: DeliveryWorld['hooks'];
  readonly analysis?: CanaryAnalysis;
  readonly skipAnalysis?: boolean;
  readonly eventWebhook?: string;
}

async function given({ hooks, answers, analysis, ...spec }: Given): Promise<DeliveryWorld> {
  const { eventWebhook, ...rest } = spec;
  const world = new DeliveryWorld();
  world.hooks = { rollback: () => 403, ...answers };
  if (eventWebhook !== undefined) world.config = { eventWebhook };
  const webhooks = hooks.map((hook) => (typeof hook === 'string' ? world.hook(hook) : hook));
  await world.create(rest, { webhooks, ...analysis });
  world.start();
  await world.until('Initialized');
  return world;
}

const named = (type: HookType, name: string, more: Partial<CanaryHook> = {}): CanaryHook => ({
  name,
  type,
  url: `http://hooks.example/${name}`,
  ...more,
});
const called = (world: DeliveryWorld): string[] =>
  world.hookCalls.map(({ name, body }) => `${name} ${String(body['phase'])}`);
const times = (world: DeliveryWorld, name: string): number =>
  world.hookCalls.filter((call) => call.name === name).length;

async function promoted(world: DeliveryWorld, image = 'podinfo:2'): Promise<void> {
  await world.release(image);
  await world.untilTrue(() => world.primaryImage() === image, 'promoted');
  await world.until('Succeeded');
  await world.clock.advance(5000);
}

async function failed(world: DeliveryWorld, image = 'podinfo:2'): Promise<void> {
  const runs = world.runs().length;
  await world.release(image);
  await world.untilTrue(() => world.runs().length > runs, 'a run');
  await world.until('Failed');
  await world.clock.advance(5000);
}

/** One rule of Flagger's hook protocol each. */
const RULES: Readonly<Record<string, () => Promise<void>>> = {
  'order: hooks of one type are asked in the order of the list, one after the other': async () => {
    const world = await given({ hooks: [named('rollout', 'b'), named('rollout', 'a')] });
    await promoted(world);
    expect(called(world).slice(0, 2)).toEqual(['b Progressing', 'a Progressing']);
  },
  'order: the first hook that refuses keeps the others of its type from being asked': async () => {
    const hooks = [named('rollout', 'first'), named('rollout', 'second')];
    const world = await given({ hooks, answers: { first: () => 403 } });
    await failed(world);
    expect([times(world, 'first'), times(world, 'second')]).toEqual([3, 0]);
  },
  'order: a round asks rollback, then rollout, then the metrics': async () => {
    const world = await given({
      hooks: ['rollout', 'rollback'],
      answers: { rollout: () => 403 },
    });
    await failed(world);
    expect(called(world).slice(1, 3)).toEqual(['rollback Progressing', 'rollout Progressing']);
    expect(world.queries).toEqual([]);
  },
  'confirm-rollout: gets the phase that the Canary has, and is asked again each interval':
    async () => {
      let status = 403;
      const world = await given({
        hooks: ['confirm-rollout'],
        answers: { 'confirm-rollout': () => status },
      });
      await world.release('podinfo:2');
      await world.clock.advance(25_000);
      expect(called(world)).toEqual([
        'confirm-rollout Initialized',
        'confirm-rollout Waiting',
        'confirm-rollout Waiting',
      ]);
      status = 200;
      await promoted(world);
      world.metric = () => 0;
      await failed(world, 'podinfo:3');
      expect(called(world).at(-1)).toBe('confirm-rollout Succeeded');
      await world.release('podinfo:4');
      await world.untilTrue(() => called(world).at(-1) === 'confirm-rollout Failed', 'asked again');
    },
  'confirm-rollout: is not asked again when a newer revision replaces one under analysis':
    async () => {
      const world = await given({ hooks: ['confirm-rollout'] });
      await world.release('podinfo:2');
      await world.untilTrue(() => world.weight() === 30, 'weight 30');
      await promoted(world, 'podinfo:3');
      expect(times(world, 'confirm-rollout')).toBe(1);
    },
  'pre-rollout: is asked once the canary is ready and before it has a share': async () => {
    const world = await given({ hooks: ['pre-rollout'] });
    await promoted(world);
    expect(called(world)).toEqual(['pre-rollout Progressing']);
  },
  'pre-rollout: is asked again each interval while the first raise is not confirmed': async () => {
    const world = await given({
      hooks: ['pre-rollout', 'confirm-traffic-increase'],
      answers: { 'confirm-traffic-increase': () => 403 },
    });
    await world.release('podinfo:2');
    await world.clock.advance(45_000);
    expect(times(world, 'pre-rollout')).toBe(times(world, 'confirm-traffic-increase'));
    expect(times(world, 'pre-rollout')).toBeGreaterThan(2);
    expect(world.canary().status?.failedChecks).toBe(0);
  },
  'rollout: an entry without a type is one': async () => {
    const entry = { name: 'plain', url: 'http://hooks.example/plain' };
    const world = await given({ hooks: [entry] });
    await promoted(world);
    expect(called(world)).toEqual(['plain Progressing', 'plain Progressing']);
  },
  'confirm-traffic-increase: is asked before each step, the promotion included': async () => {
    const world = await given({ hooks: ['confirm-traffic-increase'] });
    await promoted(world);
    expect(called(world)).toEqual(Array(3).fill('confirm-traffic-increase Progressing'));
  },
  'confirm-traffic-increase: is not asked while the promotion waits for approval': async () => {
    const world = await given({
      hooks: ['confirm-traffic-increase', 'confirm-promotion'],
      answers: { 'confirm-promotion': () => 403 },
    });
    await world.release('podinfo:2');
    await world.until('WaitingPromotion');
    await world.clock.advance(45_000);
    expect(times(world, 'confirm-traffic-increase')).toBe(3);
    expect(times(world, 'confirm-promotion')).toBeGreaterThan(3);
  },
  'confirm-traffic-increase: is not asked in blue/green, confirm-promotion is asked before the switch and the copy':
    async () => {
      const world = await given({
        hooks: ['confirm-traffic-increase', 'confirm-promotion'],
        analysis: { iterations: 2, stepWeight: 0, maxWeight: 0 },
      });
      await promoted(world);
      expect(called(world)).toEqual(Array(2).fill('confirm-promotion Progressing'));
    },
  'confirm-promotion: complains once and keeps the analysis going': async () => {
    const world = await given({
      hooks: ['confirm-promotion'],
      answers: { 'confirm-promotion': () => 403 },
    });
    await world.release('podinfo:2');
    await world.until('WaitingPromotion');
    await world.clock.advance(45_000);
    const text = `Warning Synced Halt ${HERE} advancement waiting for promotion approval confirm-promotion`;
    expect(world.events.filter((event) => event === text)).toHaveLength(1);
    expect(world.canary().status?.failedChecks).toBe(0);
  },
  'confirm-rollout: a hook that refuses after another one or a gate held is told and counted by itself':
    async () => {
      let [first, second] = [403, 403];
      const hooks = [named('confirm-rollout', 'one'), named('confirm-rollout', 'two')];
      const world = await given({ hooks, answers: { one: () => first, two: () => second } });
      await world.release('podinfo:2');
      await world.clock.advance(25_000);
      first = 200;
      await world.clock.advance(30_000);
      expect(world.lastRun().status?.held?.hook).toBe('two');
      second = 200;
      await promoted(world);
      const told = world.events.filter((event) => event.includes('waiting for approval'));
      expect(told.map((event) => event.split(' ').at(-1))).toEqual(['one', 'two']);
      expect(world.durations.slice(0, 2)).toEqual(['RolloutStart hook 30', 'RolloutStart hook 30']);
    },
  'confirm-promotion, confirm-traffic-increase and confirm-rollout: no answer holds as a refusal does':
    async () => {
      for (const type of [
        'confirm-rollout',
        'confirm-traffic-increase',
        'confirm-promotion',
      ] as const) {
        const world = await given({ hooks: [type], answers: { [type]: () => 'hang' } });
        await world.release('podinfo:2');
        await world.clock.advance(120_000);
        expect(world.lastRun().status).toMatchObject({ phase: 'Held', held: { hook: type } });
        expect(world.canary().status?.failedChecks).toBe(0);
      }
    },
  'rollback: a success rolls back, a refusal and no answer do not': async () => {
    for (const answer of [403, 500, 'hang'] as const) {
      const world = await given({ hooks: ['rollback'], answers: { rollback: () => answer } });
      await promoted(world);
    }
    const world = await given({ hooks: ['rollback'], answers: { rollback: () => 200 } });
    await failed(world);
    expect(world.lastRun().status?.outcome?.reason).toBe('RollbackHook');
  },
  'rollback: is asked while start and promotion wait, and not in Promoting or Finalising':
    async () => {
      let rollout = 403;
      let promotion = 403;
      const world = await given({
        hooks: ['rollback', 'confirm-rollout', 'confirm-promotion'],
        answers: { 'confirm-rollout': () => rollout, 'confirm-promotion': () => promotion },
      });
      await world.release('podinfo:2');
      await world.clock.advance(30_000);
      expect(called(world)).toContain('rollback Waiting');
      rollout = 200;
      await world.until('WaitingPromotion');
      await world.clock.advance(25_000);
      expect(called(world)).toContain('rollback WaitingPromotion');
      promotion = 200;
      await promoted(world);
      expect(called(world).filter((call) => call.startsWith('rollback'))).not.toContain(
        'rollback Promoting',
      );
    },
  'rollback: a success in Waiting calls the run off before it has begun': async () => {
    const answers = { 'confirm-rollout': () => 403, rollback: () => 200 };
    const world = await given({ hooks: ['rollback', 'confirm-rollout'], answers });
    await failed(world);
    expect(world.lastRun().status?.outcome?.reason).toBe('RollbackHook');
    expect(world.target().spec.replicas).toBe(0);
  },
  'post-rollout: is told Succeeded after a promotion and Failed after a rollback': async () => {
    const world = await given({ hooks: ['post-rollout'] });
    await promoted(world);
    world.metric = () => 0;
    await failed(world, 'podinfo:3');
    expect(called(world)).toEqual(['post-rollout Succeeded', 'post-rollout Failed']);
  },
  'post-rollout: a refusal changes nothing, is told, and stops the later ones': async () => {
    const hooks = [named('post-rollout', 'one'), named('post-rollout', 'two')];
    const world = await given({ hooks, answers: { one: () => 500 } });
    await promoted(world);
    expect([times(world, 'one'), times(world, 'two')]).toEqual([1, 0]);
    expect(world.phase()).toBe('Succeeded');
    expect(world.events).toContain(
      'Warning Synced Post-rollout hook one failed POST http://hooks.example/one giving up after 1 attempt(s)',
    );
    expect(world.events.at(-1)).toBe(`Normal Synced Promotion completed! Scaling down ${HERE}`);
  },
  'post-rollout: a run that a newer revision replaced has none': async () => {
    const world = await given({ hooks: ['post-rollout'] });
    await world.release('podinfo:2');
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    await promoted(world, 'podinfo:3');
    expect(called(world)).toEqual(['post-rollout Succeeded']);
  },
  'skipAnalysis: asks confirm-rollout and post-rollout, and no other': async () => {
    const hooks: HookType[] = [
      'confirm-rollout',
      'pre-rollout',
      'rollout',
      'rollback',
      'confirm-traffic-increase',
      'confirm-promotion',
      'post-rollout',
    ];
    const world = await given({ hooks, skipAnalysis: true });
    await promoted(world);
    expect(called(world)).toEqual(['confirm-rollout Initialized', 'post-rollout Succeeded']);
  },
  'payload: name, namespace, phase and checksum, and metadata only where the entry has some':
    async () => {
      const hooks = [named('rollout', 'bare'), named('rollout', 'full', { metadata: { a: 'b' } })];
      const world = await given({ hooks });
      await promoted(world);
      const keys = world.hookCalls.slice(0, 2).map(({ body }) => Object.keys(body));
      expect(keys).toEqual([
        ['name', 'namespace', 'phase', 'checksum'],
        ['name', 'namespace', 'phase', 'checksum', 'metadata'],
      ]);
    },
  'payload: the checksum is one for a revision and another for the next': async () => {
    const world = await given({ hooks: ['post-rollout', 'rollout'] });
    await promoted(world);
    const first = new Set(world.hookCalls.map(({ body }) => body['checksum']));
    await promoted(world, 'podinfo:3');
    const both = new Set(world.hookCalls.map(({ body }) => body['checksum']));
    expect([first.size, both.size]).toEqual([1, 2]);
  },
  'event: metadata of the entry cannot replace the message, the type and the time': async () => {
    const metadata = { eventMessage: 'x', eventType: 'x', timestamp: 'x', team: 'lab' };
    const world = await given({ hooks: [named('event', 'e', { metadata })] });
    await world.clock.advance(5000);
    const told = world.hookCalls.at(-1)?.body['metadata'] as Record<string, string>;
    expect(told).toEqual({
      eventMessage: `Initialization done! ${HERE}`,
      eventType: 'Normal',
      timestamp: expect.stringMatching(/^\d{13}$/) as string,
      team: 'lab',
    });
  },
  'event: goes to --event-webhook when the Canary lists no event hook, and only then': async () => {
    const eventWebhook = 'http://hooks.example/fallback';
    const without = await given({ hooks: ['rollout'], eventWebhook });
    await without.clock.advance(5000);
    expect(times(without, 'fallback')).toBe(without.events.length);
    const own = await given({ hooks: ['event'], eventWebhook });
    await own.clock.advance(5000);
    expect([times(own, 'fallback'), times(own, 'event')]).toEqual([0, own.events.length]);
  },
  'event: every event hook gets every event, and one that fails holds nothing up': async () => {
    const hooks = [named('event', 'down'), named('event', 'up')];
    const world = await given({ hooks, answers: { down: () => 500 } });
    await promoted(world);
    await world.clock.advance(60_000);
    expect(times(world, 'up')).toBe(world.events.length);
    expect(times(world, 'down')).toBe(world.events.length);
  },
  'timeout: 10s a call unless the entry says otherwise, without stopping the tick': async () => {
    const world = await given({ hooks: ['rollout'], answers: { rollout: () => 'hang' } });
    await world.release('podinfo:2');
    await world.untilTrue(() => times(world, 'rollout') === 1, 'asked');
    const at = world.clock.now();
    await world.untilTrue(() => world.lastRun().status?.unknownChecks === 1, 'given up');
    expect(world.clock.now() - at).toBeGreaterThanOrEqual(10_000);
    expect(world.clock.now() - at).toBeLessThanOrEqual(11_000);
  },
  'retries: none unless the entry says so': async () => {
    const world = await given({ hooks: ['rollout'], answers: { rollout: () => 503 } });
    await failed(world);
    expect(times(world, 'rollout')).toBe(3);
  },
  'muteAlert: silences alerts and changes nothing else': async () => {
    const traces = [true, false].map(async (muteAlert) => {
      const hooks = [named('confirm-promotion', 'h', { muteAlert })];
      let count = 0;
      const world = await given({ hooks, answers: { h: () => (++count > 2 ? 200 : 403) } });
      await promoted(world);
      return { events: world.events, statuses: world.statuses };
    });
    const [muted, loud] = await Promise.all(traces);
    expect(muted).toEqual(loud);
  },
  'Sluice-Hook-Id: one for a question, repeated with it, another in the next round': async () => {
    let count = 0;
    const world = await given({
      hooks: [named('rollout', 'h', { retries: 1 })],
      answers: { h: () => (++count === 1 ? 503 : 200) },
    });
    await promoted(world);
    const ids = world.hookCalls.map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[1]);
    expect(ids.every((id) => id?.startsWith(world.lastRun().metadata.uid ?? '?'))).toBe(true);
  },
};

test.each(Object.entries(RULES))('%s', async (_rule, holds) => {
  await holds();
});
