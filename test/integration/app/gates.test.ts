import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { gateToken } from '../../../src/http/gates/gate-token.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const signal = new AbortController().signal;
const KEY = 'k'.repeat(40);
const CHECKOUT = { namespace: 'shop', name: 'checkout' };
const TOKEN = gateToken(Buffer.from(KEY), CHECKOUT);

let cluster: AppCluster;
let app: App;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-gates-'));
  cluster = await startAppCluster({ clock: systemClock });
});
afterEach(async () => {
  await app.stop();
  await cluster.api.close();
  rmSync(folder, { recursive: true, force: true });
});

function appWith(key: string, roles = 'webhook,gates'): App {
  const file = join(folder, 'key');
  writeFileSync(file, `${key}\n`);
  return createApp(configOf({ roles, gateKeyFile: file }), cluster.overrides);
}

async function ask(gate: string, token = TOKEN): Promise<{ status: number; body: unknown }> {
  const response = await fetch(
    `http://127.0.0.1:${String(app.ports.http)}/gates/${gate}/${token}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...CHECKOUT, phase: 'Progressing', checksum: '1', metadata: {} }),
    },
  );
  return { status: response.status, body: await response.json() };
}

/** Asks until the answer has the status: what is written has to reach the copies first. */
async function until(gate: string, status: number): Promise<unknown> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const answer = await ask(gate);
    if (answer.status === status) return answer.body;
    await pause(150);
  }
  throw new Error(`${gate} never answered ${status}`);
}

describe('gates for Canaries that another tool executes', () => {
  it('answer by policies and change windows', { timeout: 30_000 }, async () => {
    app = appWith(KEY);
    await app.start(signal);
    await app.whenReady(AbortSignal.timeout(10_000));
    expect((await ask('promotion')).status).toBe(404);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    await cluster.client.create(RESOURCES.namespaces, namespace, { signal });
    await cluster.client.create(
      RESOURCES.canaries,
      {
        apiVersion: 'flagger.app/v1beta1',
        kind: 'Canary',
        metadata: { ...CHECKOUT },
        spec: {
          targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
          service: { port: 80 },
          analysis: { interval: '1m', threshold: 5, maxWeight: 50, stepWeight: 30 },
        },
      },
      { signal },
    );
    expect(await until('confirm-promotion', 200)).toMatchObject({ verdict: 'allow' });
    await cluster.client.create(
      RESOURCES.rolloutPolicies,
      {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'RolloutPolicy',
        metadata: { name: 'small-steps' },
        spec: {
          evaluateAt: ['TrafficIncrease'],
          validations: [
            {
              name: 'step',
              expression: 'rollout.toWeight - rollout.fromWeight <= 20',
              message: 'the step is too large',
            },
          ],
        },
      },
      { signal },
    );
    await cluster.client.create(
      RESOURCES.rolloutPolicyBindings,
      {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'RolloutPolicyBinding',
        metadata: { name: 'small-steps' },
        spec: { policyName: 'small-steps', validationActions: ['Hold'] },
      },
      { signal },
    );
    expect(await until('traffic-increase', 403)).toMatchObject({
      verdict: 'hold',
      reasons: ['small-steps/step: the step is too large'],
    });
    expect((await ask('promotion')).status).toBe(200);
    expect((await ask('promotion', 'f'.repeat(64))).status).toBe(401);
    const metrics = await (
      await fetch(`http://127.0.0.1:${String(app.ports.http)}/metrics`)
    ).text();
    expect(metrics).toMatch(/sluice_gate_decisions_total\{gate="TrafficIncrease",verdict="hold"\}/);
  });

  it('need a key that is long enough', async () => {
    app = appWith('short');
    await expect(app.start(signal)).rejects.toThrow('--gate-key-file holds less than 32 bytes');
  });

  it('are not there without the role', async () => {
    app = appWith(KEY, 'webhook');
    await app.start(signal);
    expect((await ask('promotion')).status).toBe(404);
  });
});
