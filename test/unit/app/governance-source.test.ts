import { describe, expect, it } from 'vitest';
import { createGovernanceSource } from '../../../src/app/governance-source.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { Approval } from '../../../src/domain/approval.ts';
import type { RolloutBudget } from '../../../src/domain/budget.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import type { PolicyException } from '../../../src/domain/exception.ts';
import type { GateQuestion } from '../../../src/domain/gates.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../src/domain/policy.ts';
import type { RolloutRun } from '../../../src/domain/run.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import type { ChangeWindow } from '../../../src/domain/window.ts';
import { evaluateWindows } from '../../../src/governance/windows.ts';
import { createPolicyEngine } from '../../../src/policy/policy-engine.ts';
import { approval, budget, exception, review, user } from '../governance/fixture.ts';
import {
  HandCache,
  binding,
  canary,
  namespace,
  policy,
  request,
  rollout,
} from '../policy/support.ts';

const NOW = '2026-03-02T12:00:00Z';
const asKube = (object: unknown): KubeObject => object as KubeObject;

function engineOf(flags: Record<string, string> = {}) {
  const caches = {
    exceptions: new HandCache<PolicyException>(),
    approvals: new HandCache<Approval>(),
    budgets: new HandCache<RolloutBudget>(),
    runs: new HandCache<RolloutRun>(),
    namespaces: new HandCache<KubeObject>([asKube(namespace)]),
    canaries: new HandCache<Canary>([asKube(canary) as Canary]),
  };
  const config = loadConfig({ environment: {}, flags: { freshnessBound: '1s', ...flags } });
  const clock = new VirtualClock(Date.parse(NOW));
  const engine = createPolicyEngine({
    policies: new HandCache<RolloutPolicy>([
      policy({
        validations: [
          {
            name: 'four-eyes',
            expression: "rollout != null && rollout.approvals.exists(a, a.action == 'Approve')",
          },
        ],
      }),
    ]),
    bindings: new HandCache<RolloutPolicyBinding>([binding()]),
    windows: new HandCache<ChangeWindow>(),
    namespaces: caches.namespaces,
    evaluateWindows,
    governance: createGovernanceSource(config, caches),
    clock,
    freshnessMs: config.freshnessBound,
    systemNamespace: config.sluiceNamespace,
    logger: silentLogger,
  });
  return { engine, ...caches };
}

const question = (more: Partial<GateQuestion> = {}): GateQuestion => ({
  gate: 'TrafficIncrease',
  subject: asKube(canary),
  changedBy: user('ada'),
  rollout,
  run: { namespace: 'shop', name: 'web-1', uid: 'run-1' },
  now: NOW,
  ...more,
});

describe('an exception', () => {
  const given = exception('x', { policies: [{ name: 'p' }] });
  const verdicts = async ({ engine }: ReturnType<typeof engineOf>) => [
    (await engine.review({ request, object: canary, oldObject: null })).verdict,
    engine.gateKeeper.ask(question()).verdict,
  ];

  it('counts at admission and at gates alike, once it is approved and while copies are current', async () => {
    const world = engineOf();
    expect(await verdicts(world)).toEqual(['deny', 'hold']);
    world.exceptions.put(given);
    expect(await verdicts(world)).toEqual(['deny', 'hold']);
    world.approvals.put(review(given, 'eve'));
    expect(await verdicts(world)).toEqual(['allow', 'allow']);
    for (const cache of [world.exceptions, world.approvals]) {
      cache.age = 5000;
      expect(await verdicts(world)).toEqual(['deny', 'hold']);
      expect(world.engine.readiness().ready).toBe(false);
      cache.age = 0;
    }
    expect(await verdicts(world)).toEqual(['allow', 'allow']);
  });

  it('of another namespace counts where configuration says so', async () => {
    const own = exception('x', { policies: [{ name: 'p' }] }, 'shop');
    for (const [flags, verdict] of [
      [{}, 'deny'],
      [{ exceptionNamespaces: 'shop' }, 'allow'],
    ] as const) {
      const world = engineOf(flags);
      world.exceptions.put(own);
      world.approvals.put(review(own, 'eve'));
      expect((await verdicts(world))[0]).toBe(verdict);
    }
  });
});

describe('an approval', () => {
  it('of the run that asks opens its gate', () => {
    const world = engineOf();
    world.approvals.put(approval('a', 'eve'));
    expect(world.engine.gateKeeper.ask(question()).verdict).toBe('allow');
    const other = { namespace: 'shop', name: 'web-2', uid: 'run-2' };
    expect(world.engine.gateKeeper.ask(question({ run: other })).verdict).toBe('hold');
    expect(world.engine.gateKeeper.ask(question({ changedBy: null })).verdict).toBe('hold');
    world.approvals.put(approval('b', 'bob'));
    expect(world.engine.gateKeeper.ask(question({ changedBy: null })).verdict).toBe('allow');
    world.approvals.age = 5000;
    expect(world.engine.gateKeeper.ask(question()).verdict).toBe('hold');
  });
});

describe('a budget', () => {
  const run = (name: string, weight: number): RolloutRun =>
    ({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutRun',
      metadata: { name, namespace: 'shop', uid: name },
      spec: { subject: { kind: 'Canary', name: 'checkout', uid: '' } },
      status: {
        phase: 'Progressing',
        weights: { primary: 100 - weight, canary: weight, mirrored: false },
        steps: [],
        reservations: [],
      },
    }) as unknown as RolloutRun;
  const held = (world: ReturnType<typeof engineOf>, more: Partial<GateQuestion> = {}) =>
    world.engine.gateKeeper
      .ask(question(more))
      .violations.filter(({ policy: name }) => name.startsWith('RolloutBudget/'))
      .map(({ message }) => message);

  it('is asked for the weight and the declared share, of the runs as the one that grants knows them', () => {
    const world = engineOf();
    world.budgets.put(budget('b', { maxExposurePercent: 30 }));
    expect(held(world)).toEqual([]);
    world.runs.put(run('other', 11));
    expect(held(world)).toEqual(['rollout budget sluice-system/b: needs 20%, 11% of 30% in use']);
    expect(held(world, { runs: [run('other', 10)] })).toEqual([]);
    const annotations = { 'sluice.dev/traffic-share': '50' };
    const half = { ...canary, metadata: { ...canary.metadata, annotations } };
    expect(held(world, { subject: asKube(half) })).toEqual([]);
    expect(held(world, { rollout: { ...rollout, fromWeight: 60, toWeight: 50 } })).toEqual([]);
  });

  it('holds while its copy, or that of runs, is not current', () => {
    const world = engineOf();
    for (const cache of [world.budgets, world.runs]) {
      cache.age = 5000;
      const { violations } = world.engine.gateKeeper.ask(question());
      expect(violations.some(({ policy: name }) => name.startsWith('Freshness/'))).toBe(true);
      cache.age = 0;
    }
  });

  it('is nothing that a process without the controller watches', () => {
    const { engine, budgets } = engineOf({ roles: 'webhook' });
    budgets.age = 5000;
    expect(engine.readiness().ready).toBe(true);
  });
});
