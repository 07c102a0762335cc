import { setTimeout as delay } from 'node:timers/promises';
import type { PodWorker } from '../cluster/pod-worker.ts';
import { expect } from '../cluster/report.ts';
import { judge } from './judge.ts';
import type { Played } from './played.ts';
import type { Takeover } from './leader.ts';
import type { RolloutRecord } from './record.ts';
import type { Stage } from './stage.ts';

const ROUNDS = 5;
const KILLED_LIMIT_MS = 5000;
const STOPPED_LIMIT_MS = 1000;
/** Longer than the Lease is good for. */
const AWAY_MS = 9000;

/** Fail-over between the two replicas with the shipped times of the Lease. */
export async function failoverSuite(stage: Stage): Promise<void> {
  const { report } = stage;
  await report.check(`a killed leader is replaced in ${KILLED_LIMIT_MS / 1000} s`, () =>
    measure(stage, KILLED_LIMIT_MS, (worker) => {
      worker.crash();
    }),
  );
  await report.check(
    `a leader that is told to stop is replaced in ${STOPPED_LIMIT_MS / 1000} s`,
    () =>
      measure(stage, STOPPED_LIMIT_MS, (worker) => {
        worker.signal('SIGTERM');
      }),
  );
  let whole: Played | undefined;
  await report.check('undisturbed rollout', async () => {
    whole = await stage.play();
    return judge(stage, whole, whole);
  });
  if (whole === undefined) return;
  const undisturbed = whole;
  for (const [name, away] of [
    ['frozen', freeze],
    ['cut off', cutOff],
    ['told to stop', stop],
  ] as const) {
    await report.check(
      `the leader is ${name} with a raise recorded: the rollout goes as undisturbed`,
      async () => {
        await stage.leader.settled();
        const played = await stage.play((record) => afterIntent(stage, record, away));
        return judge(stage, undisturbed, played);
      },
    );
  }
}

/** @returns the times until another process led, after each of several disturbances without a rollout */
async function measure(
  { leader }: Stage,
  limitMs: number,
  work: (worker: PodWorker) => void,
): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await leader.settled();
    // So that the renewals' phase differs from round to round.
    await delay(300 + 110 * round);
    const takeover = leader.disturb(work);
    expect(takeover !== undefined, 'nobody led');
    times.push((await takeover.replacedAt) - takeover.at);
  }
  const text = `${times.map((ms) => (ms / 1000).toFixed(2)).join(' ')} s`;
  expect(Math.max(...times) < limitMs, text);
  return text;
}

type Away = (worker: PodWorker) => Promise<void>;

async function freeze(worker: PodWorker): Promise<void> {
  worker.signal('SIGSTOP');
  await delay(AWAY_MS);
  worker.signal('SIGCONT');
}

async function cutOff(worker: PodWorker): Promise<void> {
  await worker.setConnected(false);
  await delay(AWAY_MS);
  await worker.setConnected(true);
}

function stop(worker: PodWorker): Promise<void> {
  worker.signal('SIGTERM');
  return Promise.resolve();
}

/** Twice in the rollout, directly after the record of a raise: its route is written now, or has yet to be. */
async function afterIntent(
  { leader }: Stage,
  record: RolloutRecord,
  away: Away,
): Promise<Takeover[]> {
  const takeovers: Takeover[] = [];
  for (let i = 0; i < 2; i++) {
    let takeover: Takeover | undefined;
    let back: Promise<void> = Promise.resolve();
    const seen = await record.onWrite('intent', 1, () => {
      takeover = leader.disturb((worker) => {
        back = away(worker);
      });
    });
    if (!seen || takeover === undefined) break;
    takeovers.push(takeover);
    await takeover.replacedAt;
    await back;
  }
  expect(takeovers.length > 0, 'the rollout ended before its leader was disturbed');
  return takeovers;
}
