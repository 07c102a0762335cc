import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import type { Approval } from '../../../src/domain/approval.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { PolicyException } from '../../../src/domain/exception.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import type { ChangeWindow } from '../../../src/domain/window.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();
let clock: VirtualClock;
let cluster: AppCluster;
let app: App | undefined;

beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({ clock });
});
afterEach(async () => {
  const stopped = app?.stop();
  await clock.advance(MINUTE);
  await stopped;
  await cluster.api.close();
});

async function start(): Promise<void> {
  app = createApp(configOf({ roles: 'controller', exceptionNotice: '5m' }), {
    ...cluster.overrides,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  const started = app;
  await started.start(signal);
  expect(await clock.runUntil(() => started.ready().ok, MINUTE)).toBe(true);
  await clock.advance(MINUTE);
}

const later = (count: number): string => new Date(clock.now() + count * MINUTE).toISOString();

function exception(expiresAt: string): PolicyException {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'PolicyException',
    metadata: { name: 'x', namespace: 'sluice-system' },
    spec: {
      type: 'Exception',
      policies: [{ name: 'bake' }],
      reason: 'r',
      expiresAt,
      requestedBy: { username: 'bob' },
    },
  };
}

async function reasons(): Promise<string[]> {
  const events = await cluster.client.list<KubeObject & { reason: string }>(RESOURCES.events, {
    signal,
  });
  return events.items
    .map(({ reason }) => reason)
    .filter((reason) => reason.startsWith('Exception'))
    .sort();
}

const writes = (plural: string): number =>
  cluster.requests.filter(
    ({ method, path }) =>
      method === 'PUT' && path.includes(`/${plural}/`) && path.includes('/status'),
  ).length;

describe('the leader', () => {
  it('says where an exception stands, and tells before it lapses and when it does', async () => {
    const made = await cluster.client.create(RESOURCES.policyExceptions, exception(later(20)), {
      signal,
    });
    await start();
    const condition = async (type: string) => {
      const found = await cluster.client.get<PolicyException>(
        RESOURCES.policyExceptions,
        { namespace: 'sluice-system', name: 'x' },
        { signal },
      );
      return found?.status?.conditions?.find((each) => each.type === type)?.reason;
    };
    expect(await condition('InForce')).toBe('AwaitingApproval');
    expect(await reasons()).toEqual([]);
    const approval: Approval = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name: 'yes', namespace: 'sluice-system' },
      spec: {
        subject: { kind: 'PolicyException', name: 'x', uid: made.metadata.uid ?? '' },
        action: 'Approve',
        approver: { username: 'ada' },
      },
    };
    await cluster.client.create(RESOURCES.approvals, approval, { signal });
    await clock.advance(MINUTE);
    expect(await condition('InForce')).toBe('Approved');
    expect(await reasons()).toEqual(['ExceptionInForce']);
    const before = writes('policyexceptions');
    await clock.advance(10 * MINUTE);
    expect(writes('policyexceptions')).toBe(before);
    await clock.advance(5 * MINUTE);
    expect(await reasons()).toEqual(['ExceptionExpiring', 'ExceptionInForce']);
    await clock.advance(6 * MINUTE);
    expect(await condition('InForce')).toBe('Lapsed');
    expect(await reasons()).toEqual(['ExceptionExpiring', 'ExceptionInForce', 'ExceptionLapsed']);
  });

  it('says when a window runs or comes next, and tries again what failed', async () => {
    const window: ChangeWindow = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'ChangeWindow',
      metadata: { name: 'w', namespace: 'sluice-system' },
      spec: { type: 'Deny', schedule: { from: later(5), to: later(10) } },
    };
    await cluster.client.create(RESOURCES.changeWindows, window, { signal });
    await start();
    const active = async () => {
      const found = await cluster.client.get<ChangeWindow>(
        RESOURCES.changeWindows,
        { namespace: 'sluice-system', name: 'w' },
        { signal },
      );
      return found?.status?.conditions?.find(({ type }) => type === 'Active')?.reason;
    };
    expect(await active()).toBe('Later');
    cluster.setFault(({ method, path }) =>
      method === 'PUT' && path.includes('changewindows')
        ? new ClusterError('ServerError', 'later', { status: 500 })
        : undefined,
    );
    await clock.advance(5 * MINUTE);
    expect(await active()).toBe('Later');
    cluster.setFault(undefined);
    await clock.advance(3 * MINUTE);
    expect(await active()).toBe('Now');
    await clock.advance(4 * MINUTE);
    expect(await active()).toBe('Over');
  });

  it('says what draws on a budget', async () => {
    const budget = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutBudget',
      metadata: { name: 'b', namespace: 'sluice-system' },
      spec: { maxConcurrent: 2 },
    };
    await cluster.client.create(RESOURCES.rolloutBudgets, budget, { signal });
    await start();
    const found = await cluster.client.get<KubeObject & { status?: object }>(
      RESOURCES.rolloutBudgets,
      { namespace: 'sluice-system', name: 'b' },
      { signal },
    );
    expect(found?.status).toMatchObject({ running: 0, exposurePercent: 0, waiting: [] });
    expect(writes('rolloutbudgets')).toBe(1);
  });
});
