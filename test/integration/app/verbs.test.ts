import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CliCommand } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/index.ts';
import type { Approval } from '../../../src/domain/approval.ts';
import { sleep, systemClock } from '../../../src/domain/clock.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { RolloutRun, RolloutRunStatus, RunPhase } from '../../../src/domain/run.ts';
import { kubeconfig } from '../../../src/sandbox/kubeconfig.ts';
import { startAppCluster, type AppCluster } from '../../support/app-cluster.ts';
import { runCommand } from '../../support/cli-context.ts';

const signal = new AbortController().signal;
const AT = '2026-01-01T00:00:00.000Z';
const HELD = { gate: 'TrafficIncrease', since: AT, reasons: ['two people must approve'] } as const;
let cluster: AppCluster;
let folder: string;
let file: string;

beforeEach(async () => {
  cluster = await startAppCluster({ clock: systemClock });
  const { url } = await cluster.api.listen({ port: 0 });
  folder = mkdtempSync(join(tmpdir(), 'sluice-verbs-'));
  file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig({ server: url, namespace: 'default' }));
});
afterEach(async () => {
  await cluster.api.close();
  rmSync(folder, { recursive: true });
});

/** Runs `sluice <verb> …` as the sandbox's user. */
async function sluice(
  verb: string,
  ...argv: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = (await COMMANDS[verb]?.load()) as CliCommand;
  return runCommand(command, '--kubeconfig', file, ...argv);
}

async function addRun(
  name: string,
  phase: RunPhase,
  more: Partial<RolloutRunStatus> = {},
): Promise<RolloutRun> {
  const run = await cluster.client.create<RolloutRun>(
    RESOURCES.rolloutRuns,
    {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutRun',
      metadata: { name, namespace: 'default' },
      spec: {
        subject: {
          apiVersion: 'flagger.app/v1beta1',
          kind: 'Canary',
          name: name.replace(/-\d+$/, ''),
          uid: 'canary-uid',
        },
        revision: 'sluice.v1:1',
        images: [],
        changedBy: null,
        strategy: 'canary',
        provider: 'gatewayapi:v1',
      },
    },
    { signal },
  );
  return record(run, { phase, ...more });
}

function record(run: RolloutRun, status: Partial<RolloutRunStatus>): Promise<RolloutRun> {
  const whole: RolloutRunStatus = {
    phase: 'Progressing',
    step: 1,
    weights: { primary: 80, canary: 20, mirrored: false },
    steps: [],
    failedChecks: 0,
    unknownChecks: 0,
    reservations: [],
    conditions: [],
    ...status,
  };
  return cluster.client.replaceStatus(RESOURCES.rolloutRuns, { ...run, status: whole }, { signal });
}

async function approvals(): Promise<Approval[]> {
  const scope = { namespace: 'default', signal };
  return (await cluster.client.list<Approval>(RESOURCES.approvals, scope)).items;
}

/** Does with the first Approval that appears what the controller would. */
async function answering(act: (approval: Approval) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const [first] = await approvals();
    if (first !== undefined) {
      await act(first);
      return;
    }
    await sleep(systemClock, 20);
  }
  throw new Error('no Approval was made');
}

function consume(outcome: string): (approval: Approval) => Promise<unknown> {
  return (approval) => {
    const next: Approval = { ...approval, status: { consumed: { at: AT, outcome } } };
    return cluster.client.replaceStatus(RESOURCES.approvals, next, { signal });
  };
}

describe('a verb on a rollout', () => {
  it('makes an Approval of the newest run, and says what came of it', async () => {
    await addRun('cart-9', 'Failed');
    const run = await addRun('cart-10', 'Progressing');
    const [result] = await Promise.all([
      sluice('abort', 'cart', '--comment', 'errors', '--ticket', 'CHG-1', '--expires-in', '10m'),
      answering(consume('Done: the run was aborted')),
    ]);
    const [made] = await approvals();
    expect(result.code).toBe(0);
    expect(result.stdout).toBe(
      `Abort of RolloutRun/cart-10: approval default/${made?.metadata.name ?? ''}\nDone: the run was aborted\n`,
    );
    expect(made?.metadata.name).toMatch(/^cart-10-[0-9a-z]+-abort$/);
    expect(made?.spec).toMatchObject({
      subject: { kind: 'RolloutRun', name: 'cart-10', uid: run.metadata.uid },
      action: 'Abort',
      comment: 'errors',
      ticket: 'CHG-1',
    });
    expect(Date.parse(made?.spec.expiresAt ?? '') - Date.now()).toBeGreaterThan(590_000);
  });

  it('fails with what Sluice says when nothing was done', async () => {
    await addRun('cart-1', 'Progressing');
    const [{ code, stdout }] = await Promise.all([
      sluice('resume', 'run/cart-1', '-o', 'json'),
      answering(consume('Unfit: the run is not paused')),
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      action: 'Resume',
      subject: 'RolloutRun/cart-1',
      outcome: 'Unfit',
      message: 'the run is not paused',
      dryRun: false,
      waited: true,
    });
  });

  it('says so when nothing has come of it in time, unless it is not to wait', async () => {
    await addRun('cart-1', 'Progressing');
    const late = await sluice('pause', 'cart', '--wait', '250ms');
    expect(late.code).toBe(1);
    expect(late.stdout).toContain('nothing has come of it yet');
    const sent = await sluice('pause', 'cart', '--wait', '0s', '-o', 'yaml');
    expect(sent.code).toBe(0);
    expect(sent.stdout).toContain('waited: false');
  });

  it('a dry run keeps nothing', async () => {
    await addRun('cart-1', 'Progressing');
    const { code, stdout } = await sluice('promote', 'canary/cart', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('server dry run: it would be accepted');
    expect(await approvals()).toEqual([]);
  });

  it('an approval says what holds the run all the same', async () => {
    const run = await addRun('cart-1', 'Held', { held: { ...HELD, reasons: [...HELD.reasons] } });
    const [{ code, stdout }] = await Promise.all([
      sluice('approve', 'cart', '--gates', 'trafficincrease', '--max-weight', '50'),
      answering((approval) =>
        record(run, {
          phase: 'Held',
          held: { ...HELD, reasons: [...HELD.reasons] },
          acts: [
            {
              approval: approval.metadata.name,
              uid: approval.metadata.uid ?? '',
              action: 'Approve',
              by: 'bob',
              at: AT,
              outcome: 'InForce: gates count it',
            },
          ],
        }),
      ),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /InForce: gates count it\nstill held at TrafficIncrease: two people must approve\n$/,
    );
    const [made] = await approvals();
    expect(made?.spec.scope).toEqual({ gates: ['TrafficIncrease'], maxWeight: 50 });
  });

  it.each([
    ['abort', 'cart', /no rollout is under way: run cart-2 is over \(Failed, FailedChecks\)/],
    ['retry', 'shop', /run shop-1 is under way \(Progressing\): there is nothing to try again/],
    [
      'abort',
      'nobody',
      /namespace default has no run of a Canary or Deployment nobody, and none of that name/,
    ],
    ['reject', 'policyexception/none', /namespace default has no PolicyException none/],
  ])('%s %s is refused', async (verb, subject, message) => {
    const outcome = { reason: 'FailedChecks', message: 'failed', at: AT };
    await addRun('cart-2', 'Failed', { outcome });
    await addRun('shop-1', 'Progressing');
    const { code, stdout, stderr } = await sluice(verb, subject);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(await approvals()).toEqual([]);
  });

  it('what the API server says no to is said, with its reason', async () => {
    await addRun('cart-1', 'Progressing');
    const { code, stderr } = await sluice('abort', 'cart', '--ticket', 'x'.repeat(5000));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*ticket/s);
  });

  it('a name that is both must say which', async () => {
    await addRun('cart-1', 'Progressing');
    await addRun('cart-1-1', 'Progressing');
    await expect(sluice('abort', 'cart-1')).rejects.toThrow(/say canary\/, deployment\/ or run\//);
  });
});

it('an exception is approved, and where it stands then is told', async () => {
  const exception = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'PolicyException',
    metadata: { name: 'late-fix', namespace: 'default' },
    spec: {
      type: 'Exception',
      policies: [{ name: 'p' }],
      reason: 'an outage',
      expiresAt: '2030-01-01T00:00:00Z',
    },
  };
  const made = await cluster.client.create<KubeObject>(RESOURCES.policyExceptions, exception, {
    signal,
  });
  const condition = {
    type: 'InForce',
    status: 'True',
    reason: 'Approved',
    message: 'in force until 2030-01-01T00:00:00Z',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const inForce = { ...made, status: { conditions: [condition] } };
  const [{ code, stdout }] = await Promise.all([
    sluice('approve', 'policyexception/late-fix'),
    answering(() => cluster.client.replaceStatus(RESOURCES.policyExceptions, inForce, { signal })),
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('Done: in force until 2030-01-01T00:00:00Z');
  await expect(sluice('approve', 'rpex/late-fix', '--max-weight', '5')).rejects.toThrow(
    '--gates and --max-weight are for runs',
  );
});

describe('bad usage', () => {
  it.each([
    ['abort', [], "missing required argument 'subject'"],
    ['abort', ['a', 'b'], 'abort takes one Canary or run'],
    ['abort', ['a/b/c'], 'name a Canary, a Deployment or a run'],
    ['abort', ['pod/a'], 'known: canary, deployment, run, policyexception'],
    ['abort', ['constructor/a'], 'known: canary, deployment, run, policyexception'],
    ['abort', ['policyexception/a'], 'an exception can be approved and rejected only'],
    ['abort', ['a', '-o', 'xml'], '--output is not one of'],
    ['abort', ['a', '--wait', 'soon'], '--wait'],
    ['pause', ['a', '--expires-in', '-5m'], '--expires-in'],
    ['approve', ['a', '--gates', 'Front'], 'unknown gate; known: RolloutStart'],
    ['approve', ['a', '--max-weight', '101'], '--max-weight'],
  ])('%s %j is refused before anything is asked for', async (verb, argv, message) => {
    const run = async (): Promise<unknown> => sluice(verb, ...argv);
    await expect(run).rejects.toThrow(message);
    expect(await approvals()).toEqual([]);
  });
});
