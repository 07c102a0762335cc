/** Throughput, latency and memory of the webhook: server on one core, client on the other. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import type { Figure } from './page.ts';
import type { LoadOrder, LoadResult } from './webhook-load.ts';

const SERVER = new URL('./webhook-server.ts', import.meta.url).pathname;
const LOAD = new URL('./webhook-load.ts', import.meta.url).pathname;
const CONNECTIONS = 16;
const REVIEWS = 256;
const WARM_UP = 10_000;
const ROUND = 30_000;
const ROUNDS = 3;
/** Reviews after which memory is looked at. */
const TOTAL = 100_000;
const MIB = 1024 * 1024;

/** Measures in rounds; the best round counts, as the machine is shared. */
export async function bench(): Promise<Figure[]> {
  const server = start(SERVER, 0);
  const load = start(LOAD, 1);
  try {
    const { port, ca } = await answerOf<{ port: number; ca: string }>(server);
    const run = (requests: number): Promise<LoadResult> =>
      ask(load, { port, ca, connections: CONNECTIONS, reviews: REVIEWS, requests });
    await run(WARM_UP);
    const before = await usageOf(server);
    const rounds: LoadResult[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await run(ROUND));
    const cpuMs = (await usageOf(server)).cpuMs - before.cpuMs;
    const sent = WARM_UP + ROUNDS * ROUND;
    if (sent < TOTAL) await run(TOTAL - sent);
    const { rss } = await usageOf(server);
    await run(TOTAL / 2);
    const later = await usageOf(server);
    return figuresOf(rounds, { rss, growth: ((later.rss - rss) / rss) * 100, cpuMs });
  } finally {
    await Promise.all([server, load].map(stop));
  }
}

function figuresOf(
  rounds: readonly LoadResult[],
  server: { readonly rss: number; readonly growth: number; readonly cpuMs: number },
): Figure[] {
  const rate = Math.max(...rounds.map(({ seconds }) => ROUND / seconds));
  const p99 = Math.min(...rounds.map((round) => round.p99));
  const p50 = Math.min(...rounds.map((round) => round.p50));
  const cpu = (server.cpuMs * 1000) / (ROUNDS * ROUND);
  const conditions = `${CONNECTIONS} connections, 10 policies`;
  return [
    figure(`webhook reviews a second (${conditions})`, rate, '1/s', ['>=', 4000]),
    figure(`webhook p99 (${conditions})`, p99, 'ms', ['<', 5]),
    { name: `webhook p50 (${conditions})`, value: p50, unit: 'ms', target: '–', ok: true },
    { name: 'webhook processor time a review', value: cpu, unit: 'µs', target: '–', ok: true },
    figure('webhook memory (RSS) after 100,000 reviews', server.rss, 'MiB', ['<', 200]),
    figure('webhook memory growth over 50,000 further reviews', server.growth, '%', ['<', 10]),
  ];
}

function figure(
  name: string,
  value: number,
  unit: string,
  [relation, limit]: ['>=' | '<', number],
): Figure {
  const ok = relation === '<' ? value < limit : value >= limit;
  return { name, value, unit, target: `${relation} ${limit}`, ok };
}

/** A child with a channel, on a core of its own where the machine has two and taskset. */
function start(file: string, core: number): ChildProcess {
  const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;
  const command = [process.execPath, ...nodeOptions(file), file];
  const pinned = canPin ? ['taskset', '-c', String(core), ...command] : command;
  return spawn(pinned[0] ?? '', pinned.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Children end when the channel closes; a profile is written then. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  if (child.connected) child.disconnect();
  await once(child, 'exit');
}

/** The server runs as in the image (Dockerfile). `SLUICE_BENCH_PROFILE=folder` writes a CPU profile of it. */
function nodeOptions(file: string): string[] {
  if (file !== SERVER) return [];
  const folder = process.env['SLUICE_BENCH_PROFILE'];
  const profile = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  return ['--max-semi-space-size=8', ...profile];
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`a child of the bench ended with ${String(code)}`));
    };
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}

async function ask(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  load.send(order);
  const answer = await answerOf<{ result: LoadResult } | { error: string }>(load);
  if ('error' in answer) throw new Error(answer.error);
  return answer.result;
}

/** Memory in MiB, and the processor time used so far in milliseconds. */
async function usageOf(server: ChildProcess): Promise<{ rss: number; cpuMs: number }> {
  server.send('usage');
  const { rss, cpuMs } = await answerOf<{ rss: number; cpuMs: number }>(server);
  return { rss: rss / MIB, cpuMs };
}
