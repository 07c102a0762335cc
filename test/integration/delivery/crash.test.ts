import { expect, test } from 'vitest';
import type { ApprovalAction } from '../../../src/domain/approval.ts';
import { DeliveryWorld } from '../../support/delivery-world.ts';
import { FaultyClient } from '../../support/faulty-client.ts';

interface Story {
  readonly name: string;
  readonly bad: boolean;
  readonly weights: readonly number[];
  readonly end: string;
  readonly image: string;
  readonly reason: string;
  readonly options: Parameters<DeliveryWorld['create']>;
}

const STORIES: readonly Story[] = [
  {
    name: 'a good release',
    bad: false,
    weights: [0, 30, 60, 0],
    end: 'Succeeded',
    image: 'podinfo:2',
    reason: 'Promoted',
    options: [],
  },
  {
    name: 'a bad release',
    bad: true,
    weights: [0, 30, 0],
    end: 'Failed',
    image: 'podinfo:1',
    reason: 'FailedChecks',
    options: [],
  },
  {
    name: 'a blue/green release',
    bad: false,
    weights: [0, 100, 0],
    end: 'Succeeded',
    image: 'podinfo:2',
    reason: 'Promoted',
    options: [{}, { iterations: 2, stepWeight: 0 }],
  },
  {
    name: 'a release with stepped promotion',
    bad: false,
    weights: [0, 30, 60, 30, 0],
    end: 'Succeeded',
    image: 'podinfo:2',
    reason: 'Promoted',
    options: [{}, { stepWeightPromotion: 30 }],
  },
  {
    name: 'a release without analysis',
    bad: false,
    weights: [0],
    end: 'Succeeded',
    image: 'podinfo:2',
    reason: 'AnalysisSkipped',
    options: [{ skipAnalysis: true }],
  },
];

/** Plays a story whose controller dies after the n-th write and is followed by another. */
async function play(story: Story, dieAfter: number): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  if (story.bad) world.metric = () => 0;
  await world.create(...story.options);
  world.faults = new FaultyClient(world.client, dieAfter);
  world.start();
  let revived = false;
  const reached = async (phase: string): Promise<void> => {
    const { faults } = world;
    await world.untilTrue(
      () => world.phase() === phase || (!revived && faults.dead),
      `${phase} or death`,
    );
    if (!revived && faults.dead) {
      revived = true;
      await world.kill();
      world.faults = new FaultyClient(world.client);
      world.start();
      await world.until(phase);
    }
  };
  await reached('Initialized');
  await world.release('podinfo:2');
  await reached(story.end);
  await world.clock.advance(60_000);
  if (world.faults.dead) {
    await world.kill();
    world.faults = new FaultyClient(world.client);
    world.start();
    await world.clock.advance(60_000);
  }
  return world;
}

test.each(STORIES)(
  '$name ends the same whichever write the controller dies after',
  async (story) => {
    const whole = await play(story, Infinity);
    const writes = whole.faults.count;
    expect(writes).toBeGreaterThan(10);
    for (let n = 1; n <= writes; n++) {
      const world = await play(story, n);
      const at = `died after write ${n} of ${writes}`;
      expect(world.phase(), at).toBe(story.end);
      expect(world.weights, at).toEqual(story.weights);
      expect(world.primaryImage(), at).toBe(story.image);
      expect(world.target().spec.replicas, at).toBe(0);
      expect(world.runs(), at).toHaveLength(1);
      const { status } = world.lastRun();
      expect(status?.outcome?.reason, at).toBe(story.reason);
      expect(status?.conditions, at).toContainEqual(
        expect.objectContaining({ type: 'Completed', status: 'True' }),
      );
      expect(world.statuses, at).toEqual(whole.statuses);
      await world.kill();
    }
  },
);

test('a raise that was recorded and not made asks its gate again', async () => {
  const world = new DeliveryWorld();
  await world.create();
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  // The next write is the intent to raise to 60.
  world.faults = new FaultyClient(world.client, 1);
  await world.kill();
  world.start();
  await world.untilTrue(() => world.faults.dead, 'death');
  await world.kill();
  expect(world.lastRun().status?.weights.canary).toBe(60);
  world.faults = new FaultyClient(world.client);
  let closed = true;
  world.gate = ({ gate }) =>
    gate === 'TrafficIncrease' && closed ? { reason: 'closed' } : 'allow';
  world.start();
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  expect(world.lastRun().status).toMatchObject({ phase: 'Held', weights: { canary: 30 } });
  closed = false;
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
});

test('a hook that is called again after a crash gets the same id', async () => {
  const world = new DeliveryWorld();
  let hangs = true;
  world.hooks = { rollout: () => (hangs ? 'hang' : 200) };
  await world.create({}, { webhooks: [world.hook('rollout')] });
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.untilTrue(() => world.hookCalls.length === 1, 'the hook was called');
  await world.kill();
  hangs = false;
  world.start();
  await world.untilTrue(() => world.hookCalls.length === 2, 'the hook was called again');
  expect(world.hookCalls[1]?.id).toBe(world.hookCalls[0]?.id);
  await world.until('Succeeded');
});

/** Plays until the intent of this weight is recorded, kills the controller before the route follows, waits, goes on. */
async function diedBeforeRoute(weight: number, awayMs: number): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  await world.create();
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  world.faults = new FaultyClient(world.client);
  await world.kill();
  world.start();
  const intended = (): boolean =>
    world.runs().length > 0 && world.lastRun().status?.weights.canary === weight;
  // Dies after each write in turn, and lives on where the write was another one.
  while (!intended() || world.weight() === weight) {
    world.faults = new FaultyClient(world.client, 1);
    await world.kill();
    world.start();
    await world.untilTrue(() => world.faults.dead, 'death');
  }
  await world.kill();
  await world.clock.advance(awayMs);
  world.faults = new FaultyClient(world.client);
  return world;
}

test.each([30, 60])(
  'a step to %i that was recorded and made only later has its whole interval',
  async (weight) => {
    const world = await diedBeforeRoute(weight, 25_000);
    world.start();
    await world.untilTrue(() => world.weight() === weight, 'the raise is made');
    const madeAt = world.clock.now();
    await world.untilTrue(
      () => world.weight() > weight || world.phase() === 'Promoting',
      'next step',
    );
    expect(world.clock.now() - madeAt).toBeGreaterThanOrEqual(10_000);
    await world.until('Succeeded');
  },
);

test('the canary keeps its pods for an interval after the traffic went back, also when that was late', async () => {
  const world = new DeliveryWorld();
  await world.create();
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Promoting');
  const finalising = (): boolean => world.lastRun().status?.phase === 'Finalising';
  while (!finalising()) {
    world.faults = new FaultyClient(world.client, 1);
    await world.kill();
    world.start();
    await world.untilTrue(() => world.faults.dead, 'death');
  }
  await world.kill();
  expect(world.weight()).toBe(60);
  await world.clock.advance(25_000);
  world.faults = new FaultyClient(world.client);
  world.start();
  await world.untilTrue(() => world.weight() === 0, 'the traffic is back');
  const backAt = world.clock.now();
  await world.untilTrue(() => world.target().spec.replicas === 0, 'the target is scaled down');
  expect(world.clock.now() - backAt).toBeGreaterThanOrEqual(10_000);
});

interface Said {
  readonly action: ApprovalAction;
  readonly outcome: string;
  readonly phase: string;
  readonly weights: readonly number[];
  readonly runs: number;
  readonly bad?: boolean;
  /** What is said after the first one has been acted upon. */
  readonly then?: ApprovalAction;
}

const SAID: readonly Said[] = [
  { action: 'Approve', outcome: 'Ended', phase: 'Succeeded', weights: [0, 30, 60, 0], runs: 1 },
  { action: 'Abort', outcome: 'Done', phase: 'Failed', weights: [0, 30, 0], runs: 1 },
  { action: 'Reject', outcome: 'Done', phase: 'Failed', weights: [0, 30, 0], runs: 1 },
  { action: 'Promote', outcome: 'Done', phase: 'Succeeded', weights: [0, 30, 0], runs: 1 },
  { action: 'Resume', outcome: 'Unfit', phase: 'Succeeded', weights: [0, 30, 60, 0], runs: 1 },
  {
    action: 'Pause',
    then: 'Resume',
    outcome: 'Done',
    phase: 'Succeeded',
    weights: [0, 30, 60, 0],
    runs: 1,
  },
  {
    action: 'Abort',
    then: 'Retry',
    outcome: 'Done',
    phase: 'Succeeded',
    weights: [0, 30, 0, 30, 60, 0],
    runs: 2,
  },
];

/** Something is said at weight 30; the controller dies after the n-th write from then on and another one follows. */
async function playSaid(
  story: Said,
  dieAfter: number,
): Promise<{ world: DeliveryWorld; names: string[]; writes: number }> {
  const world = new DeliveryWorld();
  await world.create();
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.clock.advance(1000);
  await world.kill();
  const dying = new FaultyClient(world.client, dieAfter);
  world.faults = dying;
  world.start();
  const revive = async (): Promise<void> => {
    if (!world.faults.dead) return;
    await world.kill();
    world.faults = new FaultyClient(world.client);
    world.start();
  };
  const names: string[] = [];
  for (const action of [story.action, story.then]) {
    if (action === undefined) continue;
    names.push(await world.say(action));
    await world.clock.advance(2000);
    await revive();
    await world.clock.advance(2000);
  }
  await world.untilTrue(() => world.faults.dead || world.phase() === story.phase, 'end or death');
  await revive();
  await world.until(story.phase);
  await world.clock.advance(60_000);
  await revive();
  await world.clock.advance(60_000);
  return { world, names, writes: dying.count };
}

test.each(SAID)(
  '$action (then $then) is acted upon once, whichever write the controller dies after',
  async (story) => {
    const whole = await playSaid(story, Infinity);
    expect(whole.writes).toBeGreaterThan(3);
    for (let n = 1; n <= whole.writes; n++) {
      const { world, names } = await playSaid(story, n);
      const at = `died after write ${n} of ${whole.writes}`;
      expect(world.phase(), at).toBe(story.phase);
      expect(world.weights, at).toEqual(story.weights);
      expect(world.runs(), at).toHaveLength(story.runs);
      const words = names.map((name) => world.outcome(name)?.split(':')[0]);
      expect(words, at).toEqual(names.map(() => story.outcome));
      const acts = world.runs().flatMap(({ status }) => status?.acts ?? []);
      expect(acts.map(({ approval }) => approval).sort(), at).toEqual([...names].sort());
      const marks = world.client.writes.filter(({ resource }) => resource === 'approvals');
      expect(
        marks.filter(({ verb }) => verb === 'replaceStatus'),
        at,
      ).toHaveLength(names.length);
      await world.kill();
    }
  },
);
