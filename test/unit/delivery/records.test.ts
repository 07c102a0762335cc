import { expect, test } from 'vitest';
import { withDeadline } from '../../../src/delivery/deadline.ts';
import { Limiter } from '../../../src/delivery/limiter.ts';
import {
  changedByOf,
  imagesOf,
  isOwnRevision,
  revisionOf,
} from '../../../src/delivery/revision.ts';
import { addMeasurements, beginStep, runStatusOf } from '../../../src/delivery/run-status.ts';
import { createRun, listRuns, pruneRuns, SUBJECT_LABEL } from '../../../src/delivery/runs.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { Measurement, RolloutRun } from '../../../src/domain/run.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { MemoryClient } from '../../support/memory-client.ts';
import { canaryOf, NOW, runOf } from '../../support/plan-fixture.ts';

const SIGNAL = new AbortController().signal;
const client = (): MemoryClient => new MemoryClient(new VirtualClock());
const SUBJECT = { namespace: 'shop', name: 'app', uid: 'canary-uid' };

test('runs are numbered on, also after those of an earlier Canary of the same name', async () => {
  const access = { client: client(), signal: SIGNAL };
  const spec = runOf().spec;
  const earlier = { ...spec, subject: { ...spec.subject, uid: 'earlier' } };
  await createRun(access, canaryOf(), { number: 1, spec: earlier });
  expect(await listRuns(access, SUBJECT)).toMatchObject({ own: [], next: 2 });
  const run = await createRun(access, canaryOf(), { number: 1, spec });
  expect(run.metadata).toMatchObject({ name: 'app-2', labels: { [SUBJECT_LABEL]: 'app' } });
  expect((await listRuns(access, SUBJECT)).own.map(({ metadata }) => metadata.name)).toEqual([
    'app-2',
  ]);
});

test('the record of a change is made once', async () => {
  const access = { client: client(), signal: SIGNAL };
  const first = await createRun(access, canaryOf(), { number: 1, spec: runOf().spec });
  const second = await createRun(access, canaryOf(), { number: 1, spec: runOf().spec });
  expect(second.metadata.uid).toBe(first.metadata.uid);
});

test('a long name is cut for the record and its label', async () => {
  const access = { client: client(), signal: SIGNAL };
  const name = 'a'.repeat(253);
  const canary = canaryOf();
  canary.metadata.name = name;
  const run = await createRun(access, canary, {
    number: 12,
    spec: { ...runOf().spec, subject: { ...runOf().spec.subject, name } },
  });
  expect(run.metadata.name).toHaveLength(253);
  expect(run.metadata.name).toMatch(/-12$/);
  expect((run.metadata.labels?.[SUBJECT_LABEL] ?? '').length).toBeLessThanOrEqual(63);
  expect((await listRuns(access, { ...SUBJECT, name })).own).toHaveLength(1);
});

test('only completed runs beyond the limit are deleted, the oldest first', async () => {
  const memory = client();
  const access = { client: memory, signal: SIGNAL };
  const runs: RolloutRun[] = [];
  for (let number = 1; number <= 4; number++) {
    const run = { ...runOf(), metadata: { name: `app-${number}`, namespace: 'shop' } };
    const condition = {
      type: 'Completed',
      status: 'True',
      reason: 'x',
      message: '',
      lastTransitionTime: '',
    } as const;
    if (run.status !== undefined && number !== 2)
      run.status = { ...run.status, conditions: [condition] };
    runs.push(await memory.create(RESOURCES.rolloutRuns, run));
  }
  await pruneRuns(access, runs, 1);
  expect(memory.all(RESOURCES.rolloutRuns).map(({ metadata }) => metadata.name)).toEqual([
    'app-2',
    'app-4',
  ]);
});

test('the record of a long run stays below its limit', () => {
  const measurement: Measurement = {
    name: 'm',
    kind: 'metric',
    at: new Date(NOW).toISOString(),
    verdict: 'error',
    message: 'x'.repeat(500),
  };
  let status = runStatusOf(runOf());
  for (let step = 0; step < 300; step++) {
    const weights = { primary: 80, canary: 20, mirrored: false };
    status = beginStep(status, { phase: 'Progressing', step, weights, action: 'advance' }, NOW);
    status = addMeasurements(
      status,
      Array.from({ length: 60 }, () => measurement),
    );
  }
  expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(256 * 1024);
  expect(status.steps.at(-1)?.measurements).toHaveLength(50);
  expect(status.steps.length).toBeLessThanOrEqual(200);
});

test('a revision is the digest of the template alone, whatever wrote it', () => {
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: { containers: [{ name: 'app', image: 'a:1' }] },
  };
  const other = {
    spec: { containers: [{ image: 'a:1', name: 'app' }] },
    metadata: { labels: { app: 'a' }, creationTimestamp: null },
  };
  expect(revisionOf(template)).toMatch(/^sluice\.v1:[0-9a-f]{64}$/);
  expect(revisionOf(other as never)).toBe(revisionOf(template));
  expect(
    revisionOf({ ...template, spec: { containers: [{ name: 'app', image: 'a:2' }] } }),
  ).not.toBe(revisionOf(template));
  expect(isOwnRevision(revisionOf(template))).toBe(true);
  expect(isOwnRevision('99dc84b6f')).toBe(false);
});

test('images keep their digest', () => {
  const containers = [
    { name: 'a', image: 'a:1' },
    { name: 'b', image: 'b@sha256:12' },
  ];
  expect(imagesOf({ spec: { containers } })).toEqual([
    { container: 'a', image: 'a:1' },
    { container: 'b', image: 'b@sha256:12', digest: 'sha256:12' },
  ]);
});

test.each([
  [
    '{"username":"ann","uid":"7","groups":["dev",3]}',
    { username: 'ann', uid: '7', groups: ['dev'] },
  ],
  ['{"username":"ann"}', { username: 'ann' }],
  ['{"uid":"7"}', null],
  ['[]', null],
  ['null', null],
  ['{', null],
  [undefined, null],
])('who changed the target: %s', (text, expected) => {
  const annotations = text === undefined ? {} : { 'sluice.dev/changed-by': text };
  expect(
    changedByOf({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', annotations },
    }),
  ).toEqual(expected);
});

test('work that does not heed its signal is left behind at the deadline', async () => {
  const clock = new VirtualClock(0);
  const pending = withDeadline(
    clock,
    5000,
    SIGNAL,
    () => new Promise<never>(() => undefined),
  ).catch((error: unknown) => error);
  await clock.advance(5000);
  expect(await pending).toMatchObject({
    code: 'SLUICE_DEADLINE',
    message: 'no answer within 5 s',
    retryable: true,
  });
  expect(clock.pendingTimers).toBe(0);
});

test('work that ends in time leaves no timer behind', async () => {
  const clock = new VirtualClock(0);
  expect(await withDeadline(clock, 5000, SIGNAL, () => Promise.resolve(7))).toBe(7);
  expect(clock.pendingTimers).toBe(0);
  const stop = new AbortController();
  const aborted = withDeadline(clock, 5000, stop.signal, () => new Promise<never>(() => undefined));
  stop.abort(new Error('stopped'));
  await expect(aborted).rejects.toThrow('stopped');
});

test('no more tasks than allowed run at a time, in their order', async () => {
  const limiter = new Limiter(2);
  const started: number[] = [];
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<undefined>());
  const all = gates.map((gate, i) =>
    limiter.run(() => {
      started.push(i);
      return gate.promise;
    }),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  gates[1]?.reject(new Error('failed'));
  await expect(all[1]).rejects.toThrow('failed');
  expect(started).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve(undefined);
  await Promise.all([all[0], all[2], all[3]]);
  expect(started).toEqual([0, 1, 2, 3]);
});
