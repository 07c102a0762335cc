import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GOOD_ANNOTATION } from '../../../src/domain/governed-deployment.ts';
import { ANALYSIS, RollingWorld, stateOf } from '../../support/rolling-world.ts';

let world: RollingWorld;
beforeEach(() => {
  world = new RollingWorld();
});
afterEach(() => world.close());

const state = async (): Promise<string> => stateOf(await world.deployment());

describe('a governed Deployment', () => {
  test('is rolled out as soon as the gate is open, and its revision noted as good', async () => {
    await world.start();
    await world.setImage('podinfo:1.0.1');
    expect(await state()).toContain('podinfo:1.0.1 paused held');
    await world.untilRun('promoted', ({ phase }) => phase === 'Succeeded');
    expect(await state()).toBe('podinfo:1.0.1 2 updated');
    const [run, ...others] = await world.runs();
    expect(others).toEqual([]);
    expect(run?.spec).toMatchObject({
      strategy: 'rolling-update',
      subject: { kind: 'Deployment' },
    });
    const { metadata } = await world.deployment();
    expect(metadata.annotations?.[GOOD_ANNOTATION]?.split(',')).toHaveLength(2);
  });

  test('waits, paused, while a window is closed, and goes on by itself', async () => {
    await world.start();
    await world.freeze();
    await world.setImage('podinfo:1.0.1');
    await world.untilRun('held', ({ phase }) => phase === 'Held');
    await world.clock.advance(300_000);
    expect(await state()).toContain('podinfo:1.0.1 paused held');
    await world.thaw();
    await world.untilRun('promoted', ({ phase }) => phase === 'Succeeded');
  });

  test('stays held when somebody unpauses it or GitOps applies it again', async () => {
    await world.start();
    await world.freeze();
    await world.apply('podinfo:1.0.1');
    await world.untilRun('held', ({ phase }) => phase === 'Held');
    await world.patch({ spec: { paused: false } });
    expect(await state()).toContain('paused held');
    await world.apply('podinfo:1.0.1');
    await world.patch({ metadata: { annotations: { 'sluice.dev/held': null } } });
    await world.clock.advance(60_000);
    expect(await state()).toContain('podinfo:1.0.1 paused held');
    expect(await world.runs()).toHaveLength(1);
  });

  test('goes back to what has run well whatever the gate says', async () => {
    await world.start();
    await world.setImage('podinfo:1.0.1');
    await world.untilRun('promoted', ({ phase }) => phase === 'Succeeded');
    await world.freeze();
    await world.setImage('podinfo:1.0.0');
    expect(await state()).not.toContain('held');
    await world.untilDeployment('back', ({ status }) => status?.updatedReplicas === 2);
    expect(await world.runs()).toHaveLength(1);
  });
});

test('a held change that helm takes back after its time-out leaves nothing behind', async () => {
  await world.start();
  await world.freeze();
  await world.apply('podinfo:1.0.1');
  await world.untilRun('held', ({ phase }) => phase === 'Held');
  await world.apply('podinfo:1.0.0');
  expect(await state()).toMatch(/^podinfo:1.0.0 \d updated$/);
  await world.untilRun('over', ({ phase }) => phase === 'Aborted');
  await world.clock.advance(60_000);
  expect(await state()).toBe('podinfo:1.0.0 2 updated');
});

describe('a revision that fails', () => {
  const restored = (): Promise<void> =>
    world.untilDeployment('restored', (found) =>
      stateOf(found).startsWith('podinfo:1.0.0 2 updated'),
    );

  test('by its deadline is replaced by the last good one, and not rolled out again', async () => {
    await world.start();
    await world.apply('podinfo:1.0.1-crash');
    await world.untilRun('failed', ({ outcome }) => outcome !== undefined);
    await restored();
    const [run] = await world.runs();
    expect(run?.status).toMatchObject({
      phase: 'Failed',
      outcome: { reason: 'ProgressDeadlineExceeded' },
    });
    // The tool that wrote it writes it again, and again.
    for (let i = 0; i < 3; i++) {
      await world.apply('podinfo:1.0.1-crash');
      await world.clock.advance(60_000);
      expect(await state()).toContain('podinfo:1.0.1-crash paused held');
    }
    expect(await world.runs()).toHaveLength(1);
    expect((await world.events()).join('\n')).toContain('this revision has failed before');
    await world.say('Retry');
    await world.until('another run', async () => (await world.runs()).length === 2);
  });

  test('by its metrics is replaced by the last good one', async () => {
    await world.start({ annotations: ANALYSIS });
    await world.clock.advance(60_000);
    await world.setImage('podinfo:1.0.1-err50');
    await world.untilRun('failed', ({ outcome }) => outcome !== undefined);
    await restored();
    const [run] = await world.runs();
    expect(run?.status?.outcome?.reason).toBe('FailedChecks');
    // Until the window of the query holds no answer of the bad version any more.
    await world.clock.advance(60_000);
    await world.setImage('podinfo:1.0.2');
    await world.until('another run', async () => (await world.runs()).length === 2);
    await world.untilRun('promoted', ({ phase }) => phase === 'Succeeded');
  });

  test('is taken back when somebody aborts it', async () => {
    await world.start();
    await world.setImage('podinfo:1.0.1-crash');
    await world.untilRun('begun', ({ phase }) => phase === 'Progressing');
    await world.say('Abort');
    await world.untilRun('aborted', ({ phase }) => phase === 'Aborted');
    await restored();
  });
});

test('an analysis that cannot be read holds, and says why', async () => {
  await world.start({ annotations: { 'sluice.dev/analysis': '{"metrics": 1}' } });
  await world.setImage('podinfo:1.0.1');
  await world.untilRun('held', ({ phase }) => phase === 'Held');
  const [run] = await world.runs();
  expect(run?.status?.held?.reasons).toEqual([expect.stringContaining('sluice.dev/analysis')]);
});

test('a Deployment without the label is none of ours', async () => {
  await world.start({ labels: {} });
  await world.setImage('podinfo:1.0.1');
  await world.untilDeployment('rolled out', ({ status }) => status?.updatedReplicas === 2);
  expect(await state()).toBe('podinfo:1.0.1 2 updated');
  expect(await world.runs()).toEqual([]);
});

describe('an answer that is lost changes nothing of the end', () => {
  const WRITES = 8;
  const cases = Array.from({ length: WRITES }, (_, after) => [
    { after, isWritten: true },
    { after, isWritten: false },
  ]).flat();

  test.each(cases)('of a promotion: $after, written $isWritten', async ({ after, isWritten }) => {
    await world.start();
    world.lose(after, isWritten);
    await world.setImage('podinfo:1.0.1');
    await world.untilRun('completed', ({ conditions }) => conditions.some(isCompleted));
    await world.clock.advance(30_000);
    expect(await state()).toBe('podinfo:1.0.1 2 updated');
    expect((await world.runs()).map(({ status }) => status?.phase)).toEqual(['Succeeded']);
    const { metadata } = await world.deployment();
    expect(metadata.annotations?.[GOOD_ANNOTATION]?.split(',')).toHaveLength(2);
  });

  test.each(cases)('of a restoration: $after, written $isWritten', async ({ after, isWritten }) => {
    await world.start();
    world.lose(after, isWritten);
    await world.setImage('podinfo:1.0.1-crash');
    await world.untilRun('completed', ({ conditions }) => conditions.some(isCompleted));
    await world.clock.advance(30_000);
    expect(await state()).toBe('podinfo:1.0.0 2 updated');
    expect((await world.runs()).map(({ status }) => status?.phase)).toEqual(['Failed']);
  });
});

function isCompleted({ type, status }: { type: string; status: string }): boolean {
  return type === 'Completed' && status === 'True';
}
