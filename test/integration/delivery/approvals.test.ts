import { expect, test } from 'vitest';
import type { ApprovalAction } from '../../../src/domain/approval.ts';
import { standingApprovals } from '../../../src/governance/approvals.ts';
import { startedWorld } from '../../support/delivery-start.ts';
import { NAME, NAMESPACE, type DeliveryWorld } from '../../support/delivery-world.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';

const HERE = `${NAME}.${NAMESPACE}`;

/** A world whose second release has 30 percent. */
async function shifted(...options: Parameters<typeof startedWorld>): Promise<DeliveryWorld> {
  const world = await startedWorld(...options);
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  return world;
}

/** Says it, and waits at most a second of the world's time until something came of it. */
async function said(
  world: DeliveryWorld,
  ...[action, about]: Parameters<DeliveryWorld['say']>
): Promise<string> {
  const name = await world.say(action, about);
  const acted = (): string | undefined =>
    world.outcome(name) ??
    world
      .runs()
      .flatMap(({ status }) => status?.acts ?? [])
      .find(({ approval }) => approval === name)?.outcome;
  await world.untilTrue(() => acted() !== undefined, `${action} acted upon`, 1000);
  return acted() ?? '';
}

const frozen = { reason: 'frozen', nextOpen: '2026-02-01T00:00:00Z' };

test('an abort during a freeze goes back to the primary at once', async () => {
  const world = await startedWorld();
  world.gate = ({ rollout }) => (rollout.fromWeight === 30 ? frozen : 'allow');
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.held !== undefined, 'held');
  const name = await world.say('Abort');
  await world.untilTrue(() => world.weight() === 0, 'weight 0', 1000);
  await world.until('Failed', 1000);
  expect(world.lastRun().status).toMatchObject({
    phase: 'Aborted',
    outcome: { reason: 'Aborted', message: 'aborted by bob' },
    acts: [{ approval: name, action: 'Abort', by: 'bob' }],
  });
  expect(world.outcome(name)).toBe('Done: the run was aborted; all traffic goes to the primary');
  expect(world.primaryImage()).toBe('podinfo:1');
  expect(world.target().spec.replicas).toBe(0);
  expect(world.events).toContain(`Warning Synced Rolling back ${HERE} aborted by bob`);
  // It is not tried again by itself.
  await world.clock.advance(300_000);
  expect(world.runs()).toHaveLength(1);
  expect(world.phase()).toBe('Failed');
});

test('a rejection before the start leaves everything as it is and is remembered', async () => {
  const world = await startedWorld();
  world.gate = () => frozen;
  await world.release('podinfo:2');
  await world.until('Waiting');
  expect(await said(world, 'Reject')).toMatch(/^Done: /);
  await world.clock.advance(120_000);
  expect(world.phase()).toBe('Failed');
  expect(world.weights).toEqual([0]);
  expect(world.runs()).toHaveLength(1);
  expect(world.lastRun().status?.outcome?.reason).toBe('Rejected');
});

test('a run that went wrong is tried again on request, without an edit', async () => {
  const world = await startedWorld();
  const { metric } = world;
  world.metric = () => 0;
  await world.release('podinfo:2');
  await world.until('Failed');
  world.metric = metric;
  const failed = world.lastRun();
  expect(await said(world, 'Retry')).toMatch(/^Done: /);
  await world.until('Succeeded');
  expect(world.runs()).toHaveLength(2);
  expect(world.lastRun().spec.revision).toBe(failed.spec.revision);
  expect(world.primaryImage()).toBe('podinfo:2');
  // Another one does not fit what came of it.
  expect(await said(world, 'Retry')).toBe('Unfit: the revision was promoted');
  expect(await said(world, 'Retry', { run: failed })).toBe(
    'Unfit: a newer run has replaced this one',
  );
});

test('a run that was aborted is tried again on request', async () => {
  const world = await shifted();
  await said(world, 'Abort');
  await world.until('Failed');
  await said(world, 'Retry');
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 0, 30, 60, 0]);
});

test('a promotion leaves out what is left of the analysis, not the gate', async () => {
  const world = await shifted();
  world.gate = ({ gate }) => (gate === 'Promotion' ? frozen : 'allow');
  expect(await said(world, 'Promote')).toMatch(/^Done: /);
  await world.until('WaitingPromotion', 2000);
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  expect(world.primaryImage()).toBe('podinfo:1');
  world.gate = () => 'allow';
  world.wake();
  await world.until('Promoting', 1000);
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(world.weights).toEqual([0, 30, 0]);
});

test('a bad canary whose promotion is held is rolled back all the same', async () => {
  const world = await shifted();
  world.gate = ({ gate }) => (gate === 'Promotion' ? frozen : 'allow');
  await said(world, 'Promote');
  world.metric = () => 0;
  await world.until('Failed');
  expect(world.lastRun().status?.outcome?.reason).toBe('FailedChecks');
});

test('a paused run keeps its weight, is measured, and goes on when it is resumed', async () => {
  const world = await shifted();
  await said(world, 'Pause');
  expect(world.lastRun().status).toMatchObject({
    phase: 'Held',
    paused: { by: 'bob' },
    held: { gate: 'TrafficIncrease', reasons: ['paused by bob until somebody resumes it'] },
  });
  const before = world.queries.length;
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  expect(world.queries.length).toBeGreaterThan(before);
  expect(world.canary().status?.failedChecks).toBe(0);
  expect(await said(world, 'Resume')).toBe('Done: the run goes on');
  await world.untilTrue(() => world.weight() === 60, 'weight 60', 1000);
  expect(await said(world, 'Resume')).toBe('Unfit: the run is not paused');
  await world.until('Succeeded');
  expect(world.lastRun().status?.paused).toBeUndefined();
  expect(world.durations.filter((text) => text.includes(' pause '))).toHaveLength(1);
});

test('a pause does not make a step shorter than its interval', async () => {
  const world = await shifted();
  const since = world.clock.now();
  await said(world, 'Pause');
  await said(world, 'Resume');
  await world.untilTrue(() => world.weight() === 60, 'weight 60');
  expect(world.clock.now() - since).toBeGreaterThanOrEqual(10_000);
});

test('a pause that expires ends by itself, at that instant', async () => {
  const world = await shifted();
  const until = world.clock.now() + 65_000;
  await said(world, 'Pause', { expiresAt: new Date(until).toISOString() });
  expect(world.lastRun().status?.held?.nextOpen).toBe(new Date(until).toISOString());
  await world.untilTrue(() => world.weight() === 60, 'weight 60');
  expect(world.clock.now()).toBeGreaterThanOrEqual(until);
  expect(world.clock.now() - until).toBeLessThan(1000);
  expect(world.events).toContain('Normal Synced The pause by bob is over');
});

test('a bad canary is rolled back while it is paused', async () => {
  const world = await shifted();
  await said(world, 'Pause');
  world.metric = () => 0;
  await world.until('Failed');
  expect(world.lastRun().status?.outcome?.reason).toBe('FailedChecks');
});

test('blue/green iterations do not go on while paused', async () => {
  const world = await startedWorld({}, { iterations: 3, stepWeight: 0 });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.step === 1, 'iteration 1');
  await said(world, 'Pause');
  await world.clock.advance(60_000);
  expect(world.lastRun().status?.step).toBe(1);
  await said(world, 'Resume');
  await world.until('Succeeded');
});

test('an approval opens a gate that waits for one, at once, and stands until the run ends', async () => {
  const world = await startedWorld();
  // As a policy that reads rollout.approvals would answer.
  world.gate = ({ gate, run }) => {
    const approvals = world.client.all(RESOURCES.approvals) as { spec?: { subject?: unknown } }[];
    const found = approvals.some(({ spec }) => {
      const subject = spec?.subject as { uid?: string } | undefined;
      return subject?.uid === run?.uid;
    });
    return gate === 'RolloutStart' || found ? 'allow' : { reason: 'not approved' };
  };
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.held?.gate === 'TrafficIncrease', 'held');
  const name = await world.say('Approve', { scope: { gates: ['TrafficIncrease'], maxWeight: 60 } });
  await world.untilTrue(() => world.weight() === 30, 'weight 30', 1000);
  expect(world.outcome(name)).toBeUndefined();
  expect(world.events).toContain(
    'Normal Synced Approved by bob for TrafficIncrease up to weight 60',
  );
  await world.until('Succeeded');
  await world.untilTrue(() => world.outcome(name) !== undefined, 'marked', 5000);
  expect(world.outcome(name)).toBe('Ended: it was in force until the run ended');
});

test('the question at a gate names the run', async () => {
  const world = await shifted();
  const { name, uid } = world.lastRun().metadata;
  const last = world.questions.at(-1);
  expect(last?.run).toEqual({ namespace: NAMESPACE, name, uid });
  expect(last?.runs?.map(({ metadata }) => metadata.uid)).toContain(uid);
});

test('a rejection is too late once the primary has the revision', async () => {
  const world = await startedWorld({}, { stepWeightPromotion: 10 });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'promoted');
  expect(await said(world, 'Reject')).toMatch(/^TooLate: the primary has the revision already/);
  await world.until('Succeeded');
});

test('several are acted upon in their order, each once', async () => {
  const world = await shifted();
  const names = [await world.say('Pause'), await world.say('Resume'), await world.say('Abort')];
  await world.until('Failed', 1000);
  const acts = world.lastRun().status?.acts ?? [];
  expect(acts.map(({ approval }) => approval)).toEqual(names);
  await world.clock.advance(60_000);
  expect(names.map((name) => world.outcome(name)?.slice(0, 4))).toEqual(['Done', 'Done', 'Done']);
  const writes = world.client.writes.filter(({ resource }) => resource === 'approvals');
  expect(writes.filter(({ verb }) => verb === 'replaceStatus')).toHaveLength(3);
});

test('with an unknown author two people must promote; an approval elsewhere counts nowhere', async () => {
  const world = await shifted();
  const identities = { machineApprovers: [], deliveryIdentities: [] };
  world.standing = (approvals, run, now) => {
    const { namespace = '', uid = '' } = run.metadata;
    const about = { namespace, uid, changedBy: run.spec.changedBy };
    return standingApprovals(approvals, about, { now: new Date(now).toISOString(), identities });
  };
  await world.kill();
  world.start();
  const first = await world.say('Promote', { by: 'bob' });
  const again = await world.say('Promote', { by: 'bob' });
  const run = world.lastRun();
  const elsewhere = { ...run, metadata: { ...run.metadata, namespace: 'other' } };
  await world.say('Abort', { by: 'eve', run: elsewhere });
  await world.clock.advance(3000);
  expect(world.lastRun().status?.acts).toBeUndefined();
  const second = await world.say('Promote', { by: 'carol' });
  await world.until('Promoting', 1000);
  await world.until('Succeeded');
  await world.clock.advance(5000);
  const words = [first, again, second].map((name) => world.outcome(name)?.split(':')[0]);
  expect(words).toEqual(['Done', 'Done', 'Done']);
});

test('one that admission did not stamp does nothing', async () => {
  const world = await shifted();
  expect(await said(world, 'Abort', { by: '' })).toMatch(/^Unfit: it names no approver/);
  await world.until('Succeeded');
});

test('what was said of a run is marked when its Canary goes', async () => {
  const world = await shifted();
  await said(world, 'Approve');
  const [approval] = world.client.all(RESOURCES.approvals);
  const options = { signal: new AbortController().signal };
  const key = { namespace: NAMESPACE, name: NAME };
  await world.client.delete(RESOURCES.canaries, key, options);
  const name = approval?.metadata.name ?? '';
  await world.untilTrue(() => world.outcome(name) !== undefined, 'marked', 5000);
  expect(world.outcome(name)).toBe('Unfit: the Canary was deleted');
});

test('a settled Canary costs nothing although approvals of others come and go', async () => {
  const world = await startedWorld();
  world.useCaches();
  await world.kill();
  world.start();
  await world.clock.advance(60_000);
  const reads = world.client.reads;
  await world.say('Abort', {
    run: {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutRun',
      metadata: { name: 'other-1', namespace: NAMESPACE, uid: 'other' },
      spec: {} as never,
    },
  });
  await world.clock.advance(60_000);
  expect(world.client.reads).toBe(reads);
});

const VERBS: readonly ApprovalAction[] = ['Approve', 'Promote', 'Pause'];
test.each(VERBS)(
  '%s waits while the Canary is suspended, and is acted upon afterwards',
  async (action) => {
    const world = await shifted();
    await world.editCanary((spec) => ({ ...spec, suspend: true }));
    await world.clock.advance(2000);
    const name = await world.say(action);
    await world.clock.advance(30_000);
    expect(world.lastRun().status?.acts ?? []).toEqual([]);
    await world.editCanary((spec) => ({ ...spec, suspend: false }));
    await world.clock.advance(1000);
    expect(world.lastRun().status?.acts?.map(({ approval }) => approval)).toEqual([name]);
  },
);

test.each(['Abort', 'Reject'] as const)(
  '%s takes the traffic from a suspended canary',
  async (action) => {
    const world = await shifted();
    await world.editCanary((spec) => ({ ...spec, suspend: true }));
    await world.clock.advance(2000);
    const name = await world.say(action);
    await world.clock.advance(5000);
    expect(world.weight()).toBe(0);
    expect(world.target().spec.replicas).toBe(0);
    expect(world.outcome(name)).toMatch(/^Done: /);
    expect(world.phase()).toBe('Failed');
  },
);

test('a blue/green run is promoted on request before it has iterated', async () => {
  const world = await startedWorld({}, { iterations: 5, stepWeight: 0 });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.step === 1, 'iteration 1');
  expect(await said(world, 'Promote')).toMatch(/^Done: /);
  await world.until('Succeeded');
  expect(world.weights).toEqual([0]);
  expect(world.primaryImage()).toBe('podinfo:2');
});

test('without a router a run is paused, resumed and aborted all the same', async () => {
  const world = await startedWorld({ provider: 'kubernetes' }, { iterations: 4, stepWeight: 0 });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.step === 1, 'iteration 1');
  await said(world, 'Pause');
  await world.clock.advance(60_000);
  expect(world.lastRun().status?.step).toBe(1);
  await said(world, 'Resume');
  await world.untilTrue(() => world.lastRun().status?.step === 2, 'iteration 2', 1000);
  await said(world, 'Abort');
  await world.until('Failed', 1000);
  expect(world.target().spec.replicas).toBe(0);
  expect(world.primaryImage()).toBe('podinfo:1');
});

test('a run without analysis waits while it is paused', async () => {
  const world = await startedWorld({ skipAnalysis: true });
  world.gate = ({ gate }) => (gate === 'RolloutStart' ? frozen : 'allow');
  await world.release('podinfo:2');
  await world.until('Waiting');
  await said(world, 'Pause');
  world.gate = () => 'allow';
  await world.clock.advance(60_000);
  expect(world.primaryImage()).toBe('podinfo:1');
  await said(world, 'Resume');
  await world.until('Succeeded', 20_000);
});

test('a promotion that failed is retried once the primary can come up', async () => {
  const world = await startedWorld({ progressDeadlineSeconds: 30 });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 60, 'weight 60');
  world.breakPrimary = true;
  await world.until('Failed');
  expect(world.lastRun().status?.outcome?.reason).toBe('PromotionFailed');
  expect(world.weight()).toBe(100);
  await world.setPrimaryHealth(true);
  expect(await said(world, 'Retry')).toMatch(/^Done: /);
  await world.until('Succeeded');
  expect(world.weight()).toBe(0);
  expect(world.primaryImage()).toBe('podinfo:2');
});

test('a pause outlives the controller, and so does what it interrupts', async () => {
  const world = await shifted();
  await said(world, 'Pause');
  await world.kill();
  world.start();
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  await said(world, 'Resume');
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
});

test('a revision that comes while a run is paused begins a run that is not', async () => {
  const world = await shifted();
  await said(world, 'Pause');
  await world.release('podinfo:3');
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:3');
  expect(world.runs().map(({ status }) => status?.phase)).toEqual(['Superseded', 'Succeeded']);
});
