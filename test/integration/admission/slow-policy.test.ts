import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, readAnswer, reviewOf, type ResourceName } from '../../unit/admission/fixture.ts';

/** How long the slow policy is kept busy. */
const LOAD_MS = 4000;
const CONNECTIONS = 16;
/** What a kubelet waits for a probe unless told otherwise. */
const PROBE_TIMEOUT_MS = 1000;
/** What the API server waits for this webhook. */
const REVIEW_TIMEOUT_MS = 3000;

interface Ports {
  readonly port: number;
  readonly probePort: number;
  readonly ca: string;
}

let child: ChildProcess;
let ports: Ports;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  child = fork(new URL('../../support/slow-policy-server.ts', import.meta.url));
  ports = await said<Ports>();
}, 30_000);
afterAll(async () => {
  agent.destroy();
  child.disconnect();
  await once(child, 'exit');
});

async function said<T>(): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

async function fared(): Promise<{ terms: string[]; isLeader: boolean }> {
  child.send('how');
  return said();
}

interface Answered {
  readonly took: number;
  readonly status: number;
  readonly message: string;
}

function review(resource: ResourceName, name: string): Promise<Answered> {
  const object = { metadata: { name, namespace: 'shop' }, spec: { template: {} } };
  const body = bodyOf(reviewOf(resource, 'CREATE', { object }, { name }));
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const { port, ca } = ports;
    const headers = { 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', servername: 'localhost', port, ca, agent, headers };
    const sent = request({ ...options, method: 'POST', path: '/validate/fail' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const took = performance.now() - startedAt;
        const message = readAnswer(text).status?.message ?? 'allowed';
        resolve({ took, status: response.statusCode ?? 0, message });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function until<T>(end: number, act: () => Promise<T>, everyMs = 0): Promise<T[]> {
  const results: T[] = [];
  while (performance.now() < end) {
    results.push(await act());
    if (everyMs > 0) await pause(everyMs);
  }
  return results;
}

function quantileOf(answers: readonly Answered[], share: number): number {
  const times = answers.map(({ took }) => took).sort((a, b) => a - b);
  return times[Math.floor(times.length * share)] ?? Infinity;
}

async function probe(): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`http://127.0.0.1:${ports.probePort}/livez`);
  expect(response.status).toBe(200);
  await response.text();
  return performance.now() - startedAt;
}

describe('a policy at its limit on every review, under load', () => {
  it(
    'slows only itself: neither probes, nor the Lease, nor other reviews',
    { timeout: 40_000 },
    async () => {
      // Connections are there before the load.
      await Promise.all(Array.from({ length: CONNECTIONS + 1 }, () => review('canaries', 'web')));
      const end = performance.now() + LOAD_MS;
      const loads = Array.from({ length: CONNECTIONS }, () =>
        until(end, () => review('deployments', 'web')),
      );
      const [slow, probes, quick] = await Promise.all([
        Promise.all(loads),
        until(end, probe, 50),
        until(end, () => review('canaries', 'web'), 50),
      ]);
      // The policy really was at its limit, and was answered within the time of the webhook.
      const answers = slow.flat();
      expect(answers.length).toBeGreaterThan(CONNECTIONS);
      const decided = answers.filter(({ status }) => status === 200);
      expect(decided.length).toBeGreaterThan(0);
      for (const { message } of decided) expect(message).toMatch(/a-bomb.*denied request/);
      expect(quantileOf(answers, 0.9)).toBeLessThan(REVIEW_TIMEOUT_MS);
      // A kubelet acts on several failures in a row; one may be the machine's.
      const failed = probes.map((took) => took >= PROBE_TIMEOUT_MS);
      expect(failed.some((isFailed, index) => isFailed && failed[index + 1])).toBe(false);
      expect(quick.filter(({ message }) => message !== 'allowed')).toEqual([]);
      expect(quantileOf(quick, 0.5)).toBeLessThan(quantileOf(decided, 0.5));
      expect(await fared()).toEqual({ terms: ['won'], isLeader: true });
    },
  );

  it('leaves the policies after it their part of the time', async () => {
    const { message } = await review('deployments', 'forbidden');
    expect(message).toContain('a-bomb');
    expect(message).toContain("b-name/0 (binding 'b-name'): failed expression");
  });
});
