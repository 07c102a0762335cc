/**
 * The in-memory API server: writes a second while watchers follow, and what many objects weigh. `bench` measures in a
 * process of its own, for its memory.
 */
import { spawn } from 'node:child_process';
import { systemClock } from '../../src/domain/clock.ts';
import type { Transport } from '../../src/domain/transport.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../src/sandbox/api-server/api-server.ts';
import { ApiCaller, MERGE, text } from '../contract/api-server/api-caller.ts';
import { deployment } from '../contract/api-server/objects.ts';
import type { Figure } from './page.ts';

const WATCHERS = 20;
const WRITES = 6000;
/** The fastest block counts: the machine is shared. */
const BLOCK = 1000;
const OBJECTS = 10_000;
const MIN_RATE = 2000;
const MAX_RSS_MB = 300;
const MIB = 1024 * 1024;
const PATH = '/apis/apps/v1/namespaces/default/deployments';

interface Measured {
  readonly rate: number;
  /** Events that did not reach a watcher. */
  readonly lost: number;
  readonly rssMb: number;
}

export async function bench(): Promise<Figure[]> {
  const { rate, lost, rssMb } = await measureApart();
  return [
    {
      name: `writes a second to the sandbox's API server with ${WATCHERS} watchers`,
      value: rate,
      unit: '/s',
      target: `>= ${MIN_RATE}`,
      ok: rate >= MIN_RATE,
    },
    {
      name: 'events that did not reach a watcher',
      value: lost,
      unit: 'events',
      target: '0',
      ok: lost === 0,
    },
    {
      name: `memory (RSS) of the sandbox's API server with ${OBJECTS} Deployments`,
      value: rssMb,
      unit: 'MiB',
      target: `< ${MAX_RSS_MB}`,
      ok: rssMb < MAX_RSS_MB,
    },
  ];
}

async function measureApart(): Promise<Measured> {
  const child = spawn(process.execPath, [import.meta.filename, 'measure'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the measurement ended with ${String(code)}`);
  return JSON.parse(text) as Measured;
}

async function measure(): Promise<Measured> {
  const server = createApiServer({
    clock: systemClock,
    random: Math.random,
    callWebhook: () => Promise.reject(new Error('connection refused')),
  });
  const transport = server.transport(SANDBOX_ADMIN);
  const api = new ApiCaller(transport);
  for (let index = 0; index < OBJECTS; index++) {
    const { status, text: answer } = await api.post(
      `${PATH}?fieldManager=bench`,
      deployment(`d-${index}`),
    );
    if (status !== 201) throw new Error(answer);
  }
  const rssMb = process.memoryUsage.rss() / MIB;
  const { rate, lost } = await measureWrites(api, transport);
  await server.close();
  return { rate, lost, rssMb };
}

/** Patches objects one after another while the watchers count what they are told. */
async function measureWrites(
  api: ApiCaller,
  transport: Transport,
): Promise<{ rate: number; lost: number }> {
  const { body } = await api.get(`${PATH}?limit=1`);
  const version = text(body, 'metadata', 'resourceVersion');
  const stop = new AbortController();
  const counts = await Promise.all(
    Array.from({ length: WATCHERS }, () => countEvents(transport, version, stop.signal)),
  );
  let fastest = 0;
  for (let block = 0; block < WRITES / BLOCK; block++) {
    const started = performance.now();
    for (let write = block * BLOCK; write < (block + 1) * BLOCK; write++)
      await writeOnce(api, write);
    fastest = Math.max(fastest, (BLOCK * 1000) / (performance.now() - started));
  }
  const delivered = await Promise.all(counts.map((count) => count()));
  stop.abort(new Error('the measurement is over'));
  const received = delivered.reduce((sum, count) => sum + count, 0);
  return { rate: fastest, lost: WRITES * WATCHERS - received };
}

async function writeOnce(api: ApiCaller, write: number): Promise<void> {
  const path = `${PATH}/d-${write % OBJECTS}?fieldManager=other`;
  const patch = { spec: { replicas: 3 + (write % 2) } };
  const { status, text: answer } = await api.patch(path, MERGE, patch);
  if (status !== 200) throw new Error(answer);
}

const NEWLINE = 10;

/**
 * Starts a watch that only counts: what a client makes of an event is not measured here.
 * @returns waits for all events; resolves earlier with fewer when the watch ends
 */
async function countEvents(
  transport: Transport,
  version: string,
  signal: AbortSignal,
): Promise<() => Promise<number>> {
  const path = `${PATH}?watch=true&resourceVersion=${version}`;
  const response = await transport({ method: 'GET', path, headers: {}, signal });
  const counted = (async () => {
    let count = 0;
    for await (const chunk of response.body) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1))
        count += 1;
      if (count >= WRITES) break;
    }
    return count;
  })();
  return () => counted;
}

if (import.meta.main && process.argv[2] === 'measure') {
  console.log(JSON.stringify(await measure()));
}
