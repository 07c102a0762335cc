import { setTimeout as delay } from 'node:timers/promises';
import type { PodWorker } from '../cluster/pod-worker.ts';
import { expect } from '../cluster/report.ts';
import { waitFor } from '../cluster/wait.ts';
import { judge, stepsOf } from './judge.ts';
import type { Played } from './played.ts';
import type { Takeover } from './leader.ts';
import { drawMoments, momentText, type Moment } from './moments.ts';
import type { RolloutRecord, WriteKind } from './record.ts';
import type { Stage } from './stage.ts';

/** So many kills at most in one rollout. */
const KILLS_A_ROLLOUT = 6;
const RESTART_LIMIT_MS = 60_000;

/** One SIGKILL of the leading process. */
interface Kill {
  readonly moment: Moment;
  readonly takeover: Takeover;
  readonly worker: PodWorker;
  readonly pid: number;
  /** Resolves to the id of the process that the pod runner started in its place. */
  readonly restarted: Promise<number>;
}

/** Kills the leading controller N times at moments drawn from the seed, and compares each rollout with an undisturbed one. */
export async function killsSuite(
  stage: Stage,
  { kills: wanted, seed }: { kills: number; seed: number },
): Promise<void> {
  const { report } = stage;
  const moments = drawMoments(wanted, seed);
  const kills: Kill[] = [];
  let whole: Played | undefined;
  await report.check('undisturbed rollout', async () => {
    whole = await stage.play();
    return judge(stage, whole, whole);
  });
  if (whole === undefined) return;
  const undisturbed = whole;
  console.log(`undisturbed: steps ${stepsOf(whole.record).map(Math.round).join(' ')} ms`);
  for (let n = 1; kills.length < wanted && n <= wanted; n++) {
    const before = kills.length;
    const due = moments.slice(before, before + KILLS_A_ROLLOUT);
    let title = `rollout ${n}`;
    await report.check(`rollout ${n} goes as undisturbed`, async () => {
      await stage.leader.settled();
      const played = await stage.play((record) => strike(stage, record, due, kills));
      title = kills
        .slice(before)
        .map(({ moment }) => momentText(moment))
        .join(', ');
      return `killed ${kills.length - before} times (${title}): ${await judge(stage, undisturbed, played)}`;
    });
    if (kills.length === before) console.log(`rollout ${n}: no kill found its moment`);
    else console.log(`      ${kills.length} of ${wanted} kills`);
  }
  await checkKills(stage, kills, wanted);
}

/** Waits for each moment and kills in it; ends with the moments or with the rollout. */
async function strike(
  { leader }: Stage,
  record: RolloutRecord,
  moments: readonly Moment[],
  kills: Kill[],
): Promise<Takeover[]> {
  const takeovers: Takeover[] = [];
  for (const moment of moments) {
    let kill: Kill | undefined;
    const now = (): void => {
      kill = killLeader(leader, moment);
    };
    const { kind, nth, delayMs } = moment;
    const seen = await record.onWrite(kind, nth, delayMs === 0 ? now : () => undefined);
    if (!seen) break;
    if (delayMs > 0) {
      await delay(delayMs);
      if (record.completed) break;
      now();
    }
    if (kill === undefined) break;
    kills.push(kill);
    takeovers.push(kill.takeover);
    await kill.takeover.replacedAt;
  }
  return takeovers;
}

function killLeader(leader: Stage['leader'], moment: Moment): Kill | undefined {
  const { worker } = leader;
  const [pid] = worker?.pids ?? [];
  if (worker === undefined || pid === undefined) return undefined;
  const takeover = leader.disturb(() => {
    worker.crash();
  });
  if (takeover === undefined) return undefined;
  const restarted = waitFor(
    'the killed process is started again',
    () => worker.pids.find((candidate) => candidate !== pid),
    RESTART_LIMIT_MS,
  );
  restarted.catch(() => undefined);
  return { moment, takeover, worker, pid, restarted };
}

async function checkKills(
  { report }: Stage,
  kills: readonly Kill[],
  wanted: number,
): Promise<void> {
  await report.check(
    `the leader was killed ${wanted} times and came back as another process`,
    async () => {
      expect(kills.length === wanted, `${kills.length} kills`);
      for (const { pid, restarted } of kills) expect((await restarted) !== pid, `pid ${pid} again`);
      return undefined;
    },
  );
  await report.check('it was killed directly after each kind of write', () => {
    const direct = (kind: WriteKind): number =>
      kills.filter(({ moment }) => moment.kind === kind && moment.delayMs === 0).length;
    const counts = {
      run: direct('run') + direct('intent'),
      route: direct('route'),
      canary: direct('canary'),
    };
    const text = `RolloutRun ${counts.run}, route ${counts.route}, Canary status ${counts.canary}`;
    expect(wanted < 3 || Object.values(counts).every((count) => count > 0), text);
    return text;
  });
  await report.check('another replica led soon', async () => {
    const times: number[] = [];
    for (const { takeover } of kills) times.push((await takeover.replacedAt) - takeover.at);
    times.sort((a, b) => a - b);
    const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1000).toFixed(2)} s`;
    return `median ${seconds(times[times.length >> 1])}, longest ${seconds(times.at(-1))}`;
  });
}
