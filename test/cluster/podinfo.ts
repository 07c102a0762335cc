/**
 * Stands in for podinfo inside a pod: the same paths and metric names. The image tag chooses faults:
 * `podinfo:6.0.2-err20-lat300` answers 20 % of requests with 500, 300 ms late; `-crash` exits, `-hang` is never ready.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PORTS = [9898, 9797];
/** A gateway applies a changed endpoint with delay, so a stopping pod goes on serving, as podinfo does. */
const DRAIN_MS = 3000;

interface Series {
  count: number;
  sum: number;
  readonly buckets: number[];
}

const tag = (process.env['IMAGE'] ?? 'podinfo:6.0.0').split(':').pop() ?? '';
const numberAfter = (name: string): number =>
  Number(new RegExp(`-${name}(\\d+)`).exec(tag)?.[1] ?? 0);
const errorPercent = numberAfter('err');
const latencyMs = numberAfter('lat');
const hostname = process.env['HOSTNAME'] ?? '';
const series = new Map<string, Series>();
let ready = !tag.includes('-hang');
let served = 0;

if (tag.includes('-crash')) {
  console.error('crash on purpose');
  process.exit(3);
}

function observe(key: string, seconds: number): void {
  let entry = series.get(key);
  if (entry === undefined) {
    entry = { count: 0, sum: 0, buckets: BOUNDS.map(() => 0) };
    series.set(key, entry);
  }
  entry.count++;
  entry.sum += seconds;
  BOUNDS.forEach((bound, index) => {
    if (seconds <= bound && entry.buckets[index] !== undefined) entry.buckets[index]++;
  });
}

function exposition(): string {
  const name = 'http_request_duration_seconds';
  const lines = [`# TYPE ${name} histogram`];
  for (const [labels, { count, sum, buckets }] of series) {
    buckets.forEach((n, index) =>
      lines.push(`${name}_bucket{${labels},le="${String(BOUNDS[index])}"} ${n}`),
    );
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`);
    lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Every request whose share of errors has come due fails: exact over any hundred requests, without chance. */
function isDueToFail(): boolean {
  served++;
  return (
    Math.floor((served * errorPercent) / 100) > Math.floor(((served - 1) * errorPercent) / 100)
  );
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/metrics') {
    end(response, 200, exposition());
    return;
  }
  if (path === '/healthz') {
    end(response, 200, '{"status":"OK"}');
    return;
  }
  if (path === '/readyz') {
    end(response, ready ? 200 : 503, '{}');
    return;
  }
  if (latencyMs > 0) await delay(latencyMs);
  const status = isDueToFail() ? 500 : 200;
  end(response, status, JSON.stringify({ hostname, version: tag }));
  const labels = `method="${String(request.method)}",path="root",status="${status}"`;
  observe(labels, (performance.now() - started) / 1000);
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'x-pod': hostname, 'x-version': tag }).end(body);
}

for (const port of PORTS) {
  createServer((request, response) => void answer(request, response)).listen(port);
}
process.on('SIGTERM', () => {
  ready = false;
  setTimeout(() => process.exit(0), DRAIN_MS);
});
