import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Canary } from '../../../src/domain/canary.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { GateQuestion } from '../../../src/domain/gates.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutRun } from '../../../src/domain/run.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createGateDoor, type GateDoor } from '../../../src/http/gates/gate-door.ts';
import { gateQuestionOf, liveRunOf } from '../../../src/http/gates/gate-question.ts';
import { gateToken, isGateToken } from '../../../src/http/gates/gate-token.ts';
import { createHttpServer, type HttpServer } from '../../../src/http/http-server.ts';
import { staticCache } from '../../../src/policy/static-cache.ts';
import { createHealth } from '../../../src/telemetry/health.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

const KEY = Buffer.from('k'.repeat(32));
const NOW = '2026-03-02T10:00:00Z';
const CHECKOUT = { namespace: 'shop', name: 'checkout' };
const TOKEN = gateToken(KEY, CHECKOUT);
const PAYLOAD = { ...CHECKOUT, phase: 'Progressing', checksum: '85d557f47b', metadata: {} };

const status = {
  phase: 'Progressing',
  failedChecks: 1,
  canaryWeight: 20,
  iterations: 0,
  lastTransitionTime: '2026-03-02T09:50:00Z',
} as const;
const unwritten: Canary = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { ...CHECKOUT, uid: 'c1' },
  spec: {
    provider: 'istio',
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
    analysis: { threshold: 5, stepWeight: 10, maxWeight: 50 },
  },
};
const canary: Canary = { ...unwritten, status };
const target = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    ...CHECKOUT,
    annotations: { 'sluice.dev/changed-by': '{"username":"ada","uid":"7","groups":["dev"]}' },
  },
  spec: { template: { spec: { containers: [{ name: 'app', image: 'shop/checkout:2' }] } } },
} as KubeObject;

const OPEN: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 1,
  snapshotDigest: 'sha256:1',
  factsDigest: 'sha256:2',
};
const HELD: Decision = {
  ...OPEN,
  verdict: 'hold',
  nextOpen: '2026-03-03T06:00:00Z',
  violations: [
    {
      policy: 'weekend-freeze',
      generation: 1,
      digest: 'sha256:3',
      binding: 'b',
      validation: 'working-day',
      action: 'Hold',
      message: 'it is the weekend in UTC',
      reason: 'Forbidden',
    },
    {
      policy: 'other',
      generation: 1,
      digest: 'sha256:4',
      binding: 'b',
      validation: '0',
      action: 'Audit',
      message: 'only recorded',
      reason: 'Invalid',
    },
  ],
};

interface World {
  readonly door: GateDoor;
  readonly clock: VirtualClock;
  readonly asked: GateQuestion[];
  decision: Decision | Error;
}

function world(caches: { canaries?: Canary[]; synced?: boolean } = {}): World {
  const clock = new VirtualClock();
  const asked: GateQuestion[] = [];
  const canaries = staticCache(caches.canaries ?? [canary]);
  const made: World = {
    clock,
    asked,
    decision: OPEN,
    door: createGateDoor({
      key: KEY,
      gateKeeper: {
        ask: (question) => {
          asked.push(question);
          if (made.decision instanceof Error) throw made.decision;
          return made.decision;
        },
        subscribe: () => () => undefined,
      },
      canaries: { get: (key) => canaries.get(key), synced: caches.synced ?? true },
      runs: staticCache([]),
      deployments: staticCache([target]),
      clock,
      logger: silentLogger,
      perSecond: 3,
    }),
  };
  return made;
}

const ask = (door: GateDoor, gate: string, payload: unknown = PAYLOAD, token = TOKEN) =>
  door({ gate, token, body: JSON.stringify(payload) });

describe('a gate', () => {
  it.each([
    ['rollout-start', 'RolloutStart', 20],
    ['confirm-rollout', 'RolloutStart', 20],
    ['traffic-increase', 'TrafficIncrease', 30],
    ['confirm-traffic-increase', 'TrafficIncrease', 30],
    ['promotion', 'Promotion', 100],
    ['confirm-promotion', 'Promotion', 100],
  ])('%s asks %s', (path, gate, toWeight) => {
    const { door, asked } = world();
    expect(ask(door, path)).toMatchObject({ status: 200, body: { verdict: 'allow', reasons: [] } });
    expect(asked).toMatchObject([{ gate, subject: canary, rollout: { fromWeight: 20, toWeight } }]);
  });

  it('answers 403 while it holds, with the reasons and when it opens', () => {
    const made = world();
    made.decision = HELD;
    const { status, body } = ask(made.door, 'promotion');
    expect(status).toBe(403);
    expect(body).toMatchObject({
      verdict: 'hold',
      reasons: ['weekend-freeze/working-day: it is the weekend in UTC'],
      nextOpen: '2026-03-03T06:00:00Z',
      factsDigest: 'sha256:2',
    });
  });

  it('that cannot be asked is no answer', () => {
    const made = world();
    made.decision = new TypeError('object text');
    const answer = ask(made.door, 'promotion');
    expect(answer).toEqual({ status: 503, body: { error: 'the gate could not be asked' } });
  });

  it('is not asked before the copies are in', () => {
    expect(ask(world({ synced: false }).door, 'promotion').status).toBe(503);
  });
});

describe('who asks', () => {
  it.each([
    ['another Canary', { ...PAYLOAD, name: 'cart' }, TOKEN, 401],
    ['another namespace', { ...PAYLOAD, namespace: 'lab' }, TOKEN, 401],
    ['a token that is none', PAYLOAD, 'x', 401],
    ['no token', PAYLOAD, '', 401],
    ['the token in upper case', PAYLOAD, TOKEN.toUpperCase(), 401],
    ['another key', PAYLOAD, gateToken(Buffer.from('l'.repeat(32)), CHECKOUT), 401],
    ['a payload without a name', { namespace: 'shop' }, TOKEN, 400],
    ['a name that is none', { ...PAYLOAD, name: '../checkout' }, TOKEN, 400],
    ['no object', [PAYLOAD], TOKEN, 400],
    ['a checksum without end', { ...PAYLOAD, checksum: 'x'.repeat(1000) }, TOKEN, 400],
  ])('%s is refused', (_name, payload, token, status) => {
    const { door, asked } = world();
    const answer = ask(door, 'promotion', payload, token);
    expect(answer.status).toBe(status);
    expect(asked).toEqual([]);
  });

  it('what is not JSON is refused without showing it', () => {
    const answer = world().door({ gate: 'promotion', token: TOKEN, body: '{secret' });
    expect(answer).toEqual({
      status: 400,
      body: { error: 'the body is not the payload of a hook' },
    });
  });

  it('a Canary that is not there is said to be so, to whoever may ask', () => {
    expect(ask(world({ canaries: [] }).door, 'promotion').status).toBe(404);
  });

  it('an unknown gate names the known ones', () => {
    const { status, body } = ask(world().door, 'promote');
    expect(status).toBe(404);
    expect(JSON.stringify(body)).toContain('rollout-start, traffic-increase, promotion');
    expect(ask(world().door, 'constructor').status).toBe(404);
  });

  it('asks a few times a second at most', async () => {
    const { door, clock } = world();
    const statuses = [1, 2, 3, 4].map(() => ask(door, 'promotion').status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await clock.advance(1000);
    expect(ask(door, 'promotion').status).toBe(200);
  });
});

describe('a token', () => {
  it('is that of one Canary under one key', () => {
    expect(TOKEN).toMatch(/^[0-9a-f]{64}$/);
    expect(isGateToken(KEY, CHECKOUT, TOKEN)).toBe(true);
    expect(isGateToken(KEY, { namespace: 'shop', name: 'checkout2' }, TOKEN)).toBe(false);
    // A slash belongs to neither part.
    expect(gateToken(KEY, { namespace: 'a', name: 'b' })).not.toBe(
      gateToken(KEY, { namespace: 'a/b', name: '' }),
    );
  });
});

describe('the question', () => {
  const scene = { canary, run: undefined, target, checksum: '85d557f47b' };

  it('is what the status and the target say', () => {
    expect(gateQuestionOf('TrafficIncrease', scene, NOW)).toEqual({
      gate: 'TrafficIncrease',
      subject: canary,
      changedBy: { username: 'ada', uid: '7', groups: ['dev'] },
      rollout: {
        strategy: 'canary',
        provider: 'istio',
        phase: 'Progressing',
        fromWeight: 20,
        toWeight: 30,
        maxWeight: 50,
        step: 2,
        iteration: 0,
        failedChecks: 1,
        threshold: 5,
        startedAt: '2026-03-02T09:50:00Z',
        stepStartedAt: '2026-03-02T09:50:00Z',
        revision: 'checksum:85d557f47b',
        images: [{ container: 'app', image: 'shop/checkout:2' }],
        metrics: [],
      },
      now: NOW,
    });
  });

  it('is the last step when no further one is left', () => {
    const last = { ...canary, status: { ...status, canaryWeight: 50 } };
    const question = gateQuestionOf('TrafficIncrease', { ...scene, canary: last }, NOW);
    expect(question.rollout).toMatchObject({ fromWeight: 50, toWeight: 100 });
  });

  it('of a Canary without status or target knows little, and says so', () => {
    const question = gateQuestionOf(
      'RolloutStart',
      { ...scene, canary: unwritten, target: undefined },
      NOW,
    );
    expect(question).toMatchObject({
      changedBy: null,
      rollout: { phase: '', fromWeight: 0, toWeight: 0, images: [], startedAt: NOW },
    });
  });

  it('is about the live run of this very Canary', () => {
    const run = (name: string, uid: string, phase: string, createdAt: string): RolloutRun =>
      ({
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'RolloutRun',
        metadata: { namespace: 'shop', name, uid: name, creationTimestamp: createdAt },
        spec: {
          subject: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'checkout', uid },
          revision: 'sluice.v1:1',
          images: [],
          changedBy: { username: 'bob' },
          strategy: 'canary',
          provider: 'istio',
        },
        status: { phase },
      }) as unknown as RolloutRun;
    const live = run('checkout-3', 'c1', 'Progressing', '2026-03-02T09:00:00Z');
    const runs = [
      run('checkout-1', 'c1', 'Succeeded', '2026-03-02T09:30:00Z'),
      run('checkout-2', 'c1', 'Pending', '2026-03-02T08:00:00Z'),
      live,
      run('checkout-4', 'c0', 'Progressing', '2026-03-02T09:45:00Z'),
    ];
    expect(liveRunOf(canary, runs)).toBe(live);
    expect(gateQuestionOf('Promotion', { ...scene, run: live }, NOW)).toMatchObject({
      changedBy: { username: 'bob' },
      run: { namespace: 'shop', name: 'checkout-3', uid: 'checkout-3' },
      rollout: { revision: 'sluice.v1:1', startedAt: '2026-03-02T09:00:00Z' },
    });
  });
});

describe('over HTTP', () => {
  let server: HttpServer;
  let base: string;
  let door: GateDoor | undefined;
  beforeEach(async () => {
    door = world().door;
    server = createHttpServer({
      health: createHealth(),
      metrics: createMetrics(),
      logger: silentLogger,
      clock: systemClock,
      gates: () => door,
    });
    base = `http://127.0.0.1:${(await server.listen(0, '127.0.0.1')).port}/gates`;
  });
  afterEach(() => server.close());
  const post = (path: string, body: string, type = 'application/json'): Promise<Response> =>
    fetch(`${base}/${path}`, { method: 'POST', body, headers: { 'content-type': type } });

  it('is answered', async () => {
    const response = await post(`promotion/${TOKEN}`, JSON.stringify(PAYLOAD));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ verdict: 'allow' });
  });

  it('is 503 before there is a door', async () => {
    door = undefined;
    expect((await post(`promotion/${TOKEN}`, JSON.stringify(PAYLOAD))).status).toBe(503);
  });

  it('takes POST, JSON and 64 KiB only', async () => {
    const path = `promotion/${TOKEN}`;
    expect((await fetch(`${base}/${path}`)).status).toBe(405);
    expect((await post(path, JSON.stringify(PAYLOAD), 'text/plain')).status).toBe(415);
    expect((await post(path, JSON.stringify({ ...PAYLOAD, x: 'x'.repeat(70_000) }))).status).toBe(
      413,
    );
    expect((await post(path, '')).status).toBe(400);
  });
});
