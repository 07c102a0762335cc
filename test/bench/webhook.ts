/** Throughput, latency and memory of the webhook: server on one core, client on the other. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Figure } from './page.ts';
import type { Layout } from './webhook-fixture.ts';
import type { LoadOrder, LoadResult } from './webhook-load.ts';

const SERVER = new URL('./webhook-server.ts', import.meta.url).pathname;
const LOAD = new URL('./webhook-load.ts', import.meta.url).pathname;
const DOCKERFILE = new URL('../../Dockerfile', import.meta.url);
const COMPILE_CACHE = new URL('../../node_modules/.cache/sluice', import.meta.url).pathname;
const CONNECTIONS = 16;
const REVIEWS = 256;
const WARM_UP = 10_000;
const ROUND = 30_000;
const ROUNDS = 3;
/** Reviews after which memory is looked at. */
const TOTAL = 100_000;
const MB = 1_000_000;

/** What is seen of a webhook under load. */
interface Measured {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of the processor a review. */
  readonly cpu: number;
  /** Decimal megabytes after 100,000 reviews. */
  readonly rss: number;
  /** Percent that it has grown by after 50,000 more. */
  readonly growth: number;
}

/** Measures in rounds; the best round counts, as the machine is shared. */
export async function bench(): Promise<Figure[]> {
  return [...figuresOfTen(await measure('ten', TOTAL)), ...(await benchFifty())];
}

/** Fifty rules: each in a policy of its own, and all in one. */
export async function benchFifty(): Promise<Figure[]> {
  const many = await measure('fifty', TOTAL);
  const one = await measure('one', ROUNDS * ROUND);
  const conditions = `${CONNECTIONS} connections, 50 policies`;
  const slower = (many.cpu / one.cpu - 1) * 100;
  return [
    figure(`webhook reviews a second (${conditions})`, many.rate, '1/s', ['>=', 2500]),
    figure(`webhook p99 (${conditions})`, many.p99, 'ms', ['<', 10]),
    information(`webhook p50 (${conditions})`, many.p50, 'ms'),
    information('webhook processor time a review (50 policies)', many.cpu, 'µs'),
    information('webhook reviews a second (50 rules in one policy)', one.rate, '1/s'),
    information('webhook processor time a review (50 rules in one policy)', one.cpu, 'µs'),
    figure('more processor time with 50 policies than with one', slower, '%', ['<', 20]),
    figure('webhook memory (RSS), 50 policies, after 100,000 reviews', many.rss, 'MB', ['<', 150]),
  ];
}

async function measure(layout: Layout, total: number): Promise<Measured> {
  await fillCompileCache(layout);
  const server = start(SERVER, 0, [layout]);
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
    if (sent < total) await run(total - sent);
    const { rss } = await usageOf(server);
    if (layout === 'ten') await run(TOTAL / 2);
    const later = await usageOf(server);
    return {
      rate: Math.max(...rounds.map(({ seconds }) => ROUND / seconds)),
      p50: Math.min(...rounds.map((round) => round.p50)),
      p99: Math.min(...rounds.map((round) => round.p99)),
      cpu: (cpuMs * 1000) / (ROUNDS * ROUND),
      rss,
      growth: ((later.rss - rss) / rss) * 100,
    };
  } finally {
    await Promise.all([server, load].map(stop));
  }
}

function figuresOfTen({ rate, p50, p99, cpu, rss, growth }: Measured): Figure[] {
  const conditions = `${CONNECTIONS} connections, 10 policies`;
  return [
    figure(`webhook reviews a second (${conditions})`, rate, '1/s', ['>=', 4000]),
    figure(`webhook p99 (${conditions})`, p99, 'ms', ['<', 5]),
    information(`webhook p50 (${conditions})`, p50, 'ms'),
    information('webhook processor time a review', cpu, 'µs'),
    figure('webhook memory (RSS) after 100,000 reviews', rss, 'MB', ['<', 200]),
    figure('webhook memory growth over 50,000 further reviews', growth, '%', ['<', 10]),
  ];
}

function information(name: string, value: number, unit: string): Figure {
  return { name, value, unit, target: '–', ok: true };
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

/** A first start: later ones find all code compiled, and need no type stripper, which the image does not have either. */
async function fillCompileCache(layout: Layout): Promise<void> {
  const server = start(SERVER, 0, [layout]);
  await answerOf(server);
  await stop(server);
}

/** A child with a channel, on a core of its own where the machine has two and taskset. */
function start(file: string, core: number, args: readonly string[] = []): ChildProcess {
  const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;
  const command = [process.execPath, ...nodeOptions(file), file, ...args];
  const pinned = canPin ? ['taskset', '-c', String(core), ...command] : command;
  return spawn(pinned[0] ?? '', pinned.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
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
  return [...imageOptions(), ...profile];
}

/** Options of Node in the entry point of the image. */
function imageOptions(): readonly string[] {
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(DOCKERFILE, 'utf8'))?.[1] ?? '[]';
  return (JSON.parse(entry) as string[]).filter((word) => word.startsWith('--'));
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

/** Memory in decimal megabytes, and the processor time used so far in milliseconds. */
async function usageOf(server: ChildProcess): Promise<{ rss: number; cpuMs: number }> {
  server.send('usage');
  const { rss, cpuMs } = await answerOf<{ rss: number; cpuMs: number }>(server);
  return { rss: rss / MB, cpuMs };
}
