import { describe, expect, it } from 'vitest';
import type { GateQuestion } from '../../../src/domain/gates.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../src/domain/policy.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import type { ChangeWindow } from '../../../src/domain/window.ts';
import { evaluateWindows } from '../../../src/governance/windows.ts';
import { createPolicyEngine, type PolicyEngineDeps } from '../../../src/policy/policy-engine.ts';
import { immediate } from '../../support/immediate.ts';
import { HandCache, NOW, binding, canary, namespace, policy, request } from './support.ts';

const NO = { validations: [{ name: 'no', expression: 'false', message: 'never' }] };

function start(
  policies: readonly RolloutPolicy[] = [policy(NO)],
  bindings: readonly RolloutPolicyBinding[] = [binding()],
  changes: Partial<PolicyEngineDeps> = {},
) {
  const clock = new VirtualClock(Date.parse(NOW));
  const caches = {
    policies: new HandCache(policies),
    bindings: new HandCache(bindings),
    windows: new HandCache<ChangeWindow>(),
    namespaces: new HandCache<KubeObject>([namespace]),
  };
  const engine = createPolicyEngine({
    ...caches,
    evaluateWindows,
    clock,
    freshnessMs: 1000,
    systemNamespace: 'sluice-system',
    logger: silentLogger,
    ...changes,
  });
  return { engine, clock, ...caches };
}

const review = { request, object: canary, oldObject: null };
const asked: GateQuestion['rollout'] = {
  strategy: 'canary',
  provider: 'kubernetes',
  phase: 'Progressing',
  fromWeight: 10,
  toWeight: 20,
  maxWeight: 50,
  step: 1,
  iteration: 0,
  failedChecks: 0,
  threshold: 5,
  startedAt: NOW,
  stepStartedAt: NOW,
  revision: 'r1',
  images: [],
  metrics: [],
};
const question: GateQuestion = {
  gate: 'TrafficIncrease',
  subject: canary,
  changedBy: { username: 'ada' },
  rollout: asked,
  now: NOW,
};
const freeze: ChangeWindow = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'ChangeWindow',
  metadata: { name: 'freeze', namespace: 'sluice-system' },
  spec: { type: 'Deny', schedule: { from: '2026-03-02T00:00:00Z', to: '2026-03-02T18:00:00Z' } },
};

describe('mayMutate', () => {
  it('is true when a policy in force has mutations for the resource', () => {
    const expression = '[JSONPatch{op: "add", path: "/spec/a", value: 1}]';
    const mutating = policy({
      ...NO,
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    });
    expect(start([mutating]).engine.mayMutate(request)).toBe(true);
    expect(start([mutating], []).engine.mayMutate(request)).toBe(false);
    expect(start().engine.mayMutate(request)).toBe(false);
  });
});

describe('readiness', () => {
  it('is there when every kind is in and fresh', () => {
    expect(start().engine.readiness()).toEqual({ ready: true, reasons: [] });
  });

  it('names what is not synced and what is too old', () => {
    const { engine, windows, namespaces } = start();
    windows.synced = false;
    namespaces.age = 1001;
    expect(engine.readiness()).toEqual({
      ready: false,
      reasons: ['ChangeWindow is not synced', 'Namespace is older than 1000 ms'],
    });
  });
});

describe('a review', () => {
  it('is decided by the policies in the caches, with the namespace', () => {
    const expression =
      'namespaceObject.metadata.labels.env == "production" && now == timestamp("2026-03-02T10:00:00Z")';
    const { engine } = start([policy({ validations: [{ expression }] })]);
    expect(immediate(engine.review(review)).verdict).toBe('allow');
    expect(immediate(start().engine.review(review))).toMatchObject({
      verdict: 'deny',
      violations: [{ validation: 'no' }],
    });
  });

  it('is refused until policies, bindings and namespaces were loaded once', () => {
    for (const kind of ['policies', 'bindings', 'namespaces'] as const) {
      const started = start();
      started[kind].synced = false;
      expect(() => immediate(started.engine.review(review))).toThrow(
        expect.objectContaining({ code: 'SLUICE_NOT_READY', retryable: true }),
      );
      started[kind].synced = true;
      expect(immediate(started.engine.review(review)).verdict).toBe('deny');
    }
  });

  it('on a stale copy is an error', () => {
    const { engine, policies } = start([], []);
    policies.age = 5000;
    expect(immediate(engine.review(review))).toMatchObject({
      verdict: 'error',
      violations: [{ policy: 'Freshness/RolloutPolicy' }],
    });
  });

  it('does not wait for windows', () => {
    const { engine, windows } = start([], []);
    windows.synced = false;
    expect(immediate(engine.review(review)).verdict).toBe('allow');
  });

  it('ends at its deadline', () => {
    let reads = 0;
    const slow = {
      now: () => Date.parse(NOW),
      monotonic: () => reads++ * 600,
      setTimer: () => ({ cancel: () => undefined }),
    };
    const spec = { validations: [{ expression: 'lists.range(90000).all(x, x >= 0)' }] };
    const { engine } = start([policy(spec)], [binding()], { clock: slow, deadlineMs: 1000 });
    expect(immediate(engine.review(review)).verdict).toBe('error');
  });
});

describe('parameters', () => {
  const limits = (name: string, where: string, max: number) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: where, labels: { tier: 'a' } },
    data: { max: String(max) },
  });
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    validations: [
      { expression: 'int(params.data.max) >= 10', messageExpression: '"max " + params.data.max' },
    ],
  };
  const cache = new HandCache<KubeObject>([
    limits('a', 'shop', 5),
    limits('b', 'shop', 20),
    limits('c', 'other', 1),
    limits('a', 'central', 50),
  ]);
  const paramObjects = (_apiVersion: string, kind: string) =>
    kind === 'ConfigMap' ? cache : undefined;
  const cases: [string, RolloutPolicyBinding['spec']['paramRef'], string[]][] = [
    ['by name in the namespace of the request', { name: 'a' }, ['max 5']],
    ['by name in another namespace', { name: 'a', namespace: 'central' }, []],
    ['by label', { selector: { matchLabels: { tier: 'a' } } }, ['max 5']],
    [
      'that are not there',
      { name: 'z' },
      [
        'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
      ],
    ],
    ['that need not be there', { name: 'z', parameterNotFoundAction: 'Allow' }, []],
  ];
  it.each(cases)('%s', (_name, paramRef, messages) => {
    const { engine } = start(
      [policy(spec)],
      [binding({ ...(paramRef === undefined ? {} : { paramRef }) })],
      { paramObjects },
    );
    expect(immediate(engine.review(review)).violations.map(({ message }) => message)).toEqual(
      messages,
    );
  });

  it.each([
    [
      'of the cluster, with a namespace',
      { apiVersion: 'x.test/v1', kind: 'Limit', metadata: { name: 'a' } },
      { name: 'a', namespace: 'shop' },
      request,
      'paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    ],
    [
      'of no namespace that is known',
      { apiVersion: 'x.test/v1', kind: 'Limit', metadata: { name: 'a', namespace: 'shop' } },
      { name: 'a' },
      { ...request, namespace: '' },
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    ],
  ])('cannot be referred to: %s', (_name, param, paramRef, asked, message) => {
    const { engine } = start(
      [policy({ ...NO, paramKind: { apiVersion: 'x.test/v1', kind: 'Limit' } })],
      [binding({ paramRef: { ...paramRef, parameterNotFoundAction: 'Allow' } })],
      { paramObjects: () => new HandCache<KubeObject>([param]) },
    );
    const { violations } = immediate(engine.review({ ...review, request: asked }));
    expect(violations.map((each) => each.message)).toEqual([
      `failed to configure binding: ${message}`,
    ]);
  });

  it('of a kind that is not configured, or a Secret, are unknown', () => {
    const messages = {
      Limits: 'Limits objects are not watched as parameters: name the kind in --param-kinds',
      Secret: 'a Secret cannot be a parameter',
    };
    for (const [kind, message] of Object.entries(messages)) {
      const { engine } = start(
        [policy({ ...spec, paramKind: { apiVersion: 'v1', kind } })],
        [binding({ paramRef: { name: 'a', parameterNotFoundAction: 'Allow' } })],
        { paramObjects },
      );
      expect(immediate(engine.review(review))).toMatchObject({
        verdict: 'error',
        violations: [{ policy: `Freshness/${kind}`, message }],
      });
    }
  });
});

describe('the gate keeper', () => {
  it('asks as the one who changed the subject', () => {
    const expression =
      'request.userInfo.username == "ada" && request.operation == "UPDATE" && rollout.toWeight == 20 && rollout.changedBy.username == "ada" && rollout.windows.open';
    const { engine } = start([policy({ validations: [{ expression }] })]);
    expect(engine.gateKeeper.ask(question)).toMatchObject({ verdict: 'allow', violations: [] });
  });

  it('holds in a closed window until it ends', () => {
    const { engine, windows } = start([], []);
    windows.put(freeze);
    expect(engine.gateKeeper.ask(question)).toMatchObject({
      verdict: 'hold',
      nextOpen: '2026-03-02T18:00:00Z',
    });
    expect(engine.gateKeeper.ask({ ...question, now: '2026-03-02T18:00:00Z' }).verdict).toBe(
      'allow',
    );
  });

  it('holds while anything is unknown, and lets weights go down', () => {
    const { engine, windows } = start([], []);
    windows.synced = false;
    expect(engine.gateKeeper.ask(question).verdict).toBe('hold');
    expect(
      engine.gateKeeper.ask({ ...question, rollout: { ...asked, fromWeight: 20, toWeight: 0 } })
        .verdict,
    ).toBe('allow');
  });
});

describe('changes', () => {
  it('count at once, and listeners hear of many only once', async () => {
    const { engine, clock, policies, windows, namespaces } = start();
    let heard = 0;
    engine.subscribe(() => heard++);
    engine.gateKeeper.subscribe(() => heard++);
    expect(immediate(engine.review(review)).verdict).toBe('deny');
    policies.put(policy({ validations: [{ expression: 'true' }] }));
    expect(immediate(engine.review(review)).verdict).toBe('allow');
    windows.put(freeze);
    namespaces.put(namespace);
    await clock.advance(1000);
    expect(heard).toBe(2);
    policies.remove('p');
    await clock.advance(1000);
    expect(heard).toBe(4);
    expect(immediate(engine.review(review)).violations).toEqual([]);
  });

  it('of a policy that keep its spec keep its digest, and what was compiled', () => {
    const { engine, policies } = start();
    const before = engine.status().snapshotDigest;
    policies.put({ ...policy(NO), metadata: { name: 'p', generation: 9 } });
    expect(engine.status().snapshotDigest).toBe(before);
    expect(immediate(engine.review(review)).violations[0]?.generation).toBe(9);
  });

  it('of parameters are heard, too', async () => {
    const limits = new HandCache<KubeObject>();
    const spec = { ...NO, paramKind: { apiVersion: 'v1', kind: 'Limits' } };
    const { engine, clock } = start([policy(spec)], [binding()], { paramObjects: () => limits });
    let heard = 0;
    engine.subscribe(() => heard++);
    immediate(engine.review(review));
    limits.put({ apiVersion: 'v1', kind: 'Limits', metadata: { name: 'a' } });
    await clock.advance(1000);
    expect(heard).toBe(1);
  });

  it('are not listened to after close', async () => {
    const { engine, clock, policies } = start();
    let heard = 0;
    engine.subscribe(() => heard++);
    policies.put(policy(NO));
    engine.close();
    await clock.advance(1000);
    expect(heard).toBe(0);
    expect(policies.listeners).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('policies that do not compile', () => {
  const broken = policy({ validations: [{ expression: '1 +' }] });

  it('are counted and follow their failurePolicy', () => {
    const { engine } = start([broken]);
    expect(engine.status()).toMatchObject({
      policies: 1,
      bindings: 1,
      notCompiling: [{ name: 'p', issues: [{ field: 'spec.validations[0].expression' }] }],
    });
    expect(immediate(engine.review(review)).verdict).toBe('error');
  });

  it('are refused when they are written, with the place', () => {
    const issues = start([], []).engine.validatePolicyObject({
      ...broken,
      spec: { ...broken.spec },
    } as never);
    expect(issues).toMatchObject([{ field: 'spec.validations[0].expression', line: 1 }]);
  });

  it('unless only functions are new, and the expression is stored already', () => {
    const spec = { validations: [{ expression: '[1].includes(1)' }] };
    const object = policy(spec) as never;
    expect(start([], []).engine.validatePolicyObject(object)).toHaveLength(1);
    expect(start([policy(spec)], []).engine.validatePolicyObject(object)).toEqual([]);
  });
});
