import { describe, expect, it } from 'vitest';
import { stampOf } from '../../../src/admission/changed-by.ts';
import { createReviewHandler } from '../../../src/admission/review-handler.ts';
import type { Decision, Violation } from '../../../src/domain/decision.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { immediate } from '../../support/immediate.ts';
import {
  ALLOW,
  EXECUTOR,
  bodyOf,
  countingMetrics,
  deployment,
  engineOf,
  patchIn,
  readAnswer,
  reviewOf,
  type FixtureEngine,
} from './fixture.ts';

const canary = bodyOf(reviewOf('canaries', 'CREATE', { object: { spec: {} } }));

function violation(policy: string, message: string): Violation {
  return {
    policy,
    generation: 1,
    digest: 'sha256:d',
    binding: policy,
    validation: '0',
    action: 'Deny',
    message,
    reason: 'Forbidden',
    remediation: `fix ${policy}`,
  };
}

const DENY: Decision = {
  ...ALLOW,
  verdict: 'deny',
  violations: [violation('first', 'one is wrong'), violation('second', 'two is wrong')],
};

function handlerOf(engine: FixtureEngine) {
  const metrics = countingMetrics();
  const clock = new VirtualClock();
  const options = { engine, metrics, clock, executorUsernames: [EXECUTOR] };
  const handler = createReviewHandler(options);
  return { metrics, handle: (path: string, body: string) => immediate(handler(path, body)) };
}

describe('/validate', () => {
  it('admits', () => {
    const engine = engineOf();
    const { handle, metrics } = handlerOf(engine);
    const { status, body } = handle('/validate/fail?timeout=3s', canary);
    expect([status, readAnswer(body)]).toEqual([200, { uid: 'uid-1', allowed: true }]);
    expect(metrics.counted).toEqual(['validate allow']);
    expect(engine.asked).toHaveLength(1);
  });

  it('refuses with every violation', () => {
    const { handle, metrics } = handlerOf(engineOf(() => DENY));
    const { status, body } = handle('/validate', canary);
    expect(status).toBe(200);
    const answer = readAnswer(body);
    expect(answer).toMatchObject({
      uid: 'uid-1',
      allowed: false,
      status: { code: 403, reason: 'Forbidden' },
    });
    for (const text of ['one is wrong', 'two is wrong', 'fix first', 'fix second']) {
      expect(answer.status?.message).toContain(text);
    }
    expect(metrics.counted).toEqual(['validate deny']);
  });

  it.each(['hold', 'error'] as const)('does not admit the verdict %s', (verdict) => {
    const { handle } = handlerOf(engineOf(() => ({ ...DENY, verdict })));
    expect(readAnswer(handle('/validate', canary).body).allowed).toBe(false);
  });

  it('leaves warnings whole that the API server leaves whole', () => {
    const { handle } = handlerOf(engineOf(() => ({ ...ALLOW, warnings: ['x'.repeat(400)] })));
    expect(readAnswer(handle('/validate', canary).body).warnings).toEqual(['x'.repeat(400)]);
  });

  it('bounds warnings as the API server does, and counts what it leaves out', () => {
    const warnings = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(400)}`);
    const { handle } = handlerOf(engineOf(() => ({ ...ALLOW, verdict: 'warn', warnings })));
    const answer = readAnswer(handle('/validate', canary).body);
    expect(answer.allowed).toBe(true);
    expect(answer.warnings?.every((warning) => warning.length <= 256)).toBe(true);
    expect(answer.warnings?.join('').length).toBeLessThanOrEqual(4096);
    expect(answer.warnings?.at(-1)).toMatch(/^and \d+ more warnings$/);
  });

  it('hands on audit annotations under keys that the API server takes', () => {
    const auditAnnotations = { 'policy/key': 'v'.repeat(20_000) };
    const { handle } = handlerOf(engineOf(() => ({ ...ALLOW, auditAnnotations })));
    const answer = readAnswer(handle('/validate', canary).body);
    expect(Object.keys(answer.auditAnnotations ?? {})).toEqual(['policy.key']);
    expect(answer.auditAnnotations?.['policy.key']?.length).toBe(10 * 1024);
  });

  it('tells the audit log what came of it under which policies', () => {
    const { handle } = handlerOf(engineOf(() => DENY));
    const { auditAnnotations } = readAnswer(handle('/validate', canary).body);
    expect(JSON.parse(auditAnnotations?.['sluice.dev.decision'] ?? '{}')).toEqual({
      verdict: 'deny',
      policies: DENY.snapshotDigest,
    });
  });

  it('never answers with a patch', () => {
    const patch = [{ op: 'add', path: '/a', value: 1 }] as const;
    const { handle } = handlerOf(engineOf(() => ({ ...ALLOW, patch })));
    expect(patchIn(handle('/validate', canary).body)).toBeUndefined();
  });

  it('refuses a stamp that is not the requester, beside what policies say', () => {
    const object = deployment('a:1', '{"username":"eve"}');
    const { handle, metrics } = handlerOf(engineOf(() => DENY));
    const answer = readAnswer(
      handle('/validate', bodyOf(reviewOf('deployments', 'CREATE', { object }))).body,
    );
    expect(answer.status?.message).toContain('sluice.dev/changed-by');
    expect(answer.status?.message).toContain('one is wrong');
    expect(metrics.counted).toEqual(['validate deny']);
  });

  it('checks our own kinds without asking policies about them', () => {
    const engine = engineOf(() => DENY);
    const { handle } = handlerOf(engine);
    const run = reviewOf('rolloutruns', 'CREATE', { object: { spec: {} } });
    expect(readAnswer(handle('/validate', bodyOf(run)).body).status?.code).toBe(403);
    const binding = reviewOf('rolloutpolicybindings', 'CREATE', {
      object: {
        metadata: {
          annotations: {
            'sluice.dev/changed-by': stampOf({ username: 'ada', uid: '7', groups: ['dev'] }),
          },
        },
        spec: { policyName: 'p' },
      },
    });
    expect(readAnswer(handle('/validate', bodyOf(binding)).body).allowed).toBe(true);
    expect(engine.asked).toEqual([]);
  });
});

describe('/mutate', () => {
  const created = reviewOf('deployments', 'CREATE', { object: deployment('a:1') });
  const stamp = '{"username":"ada","uid":"7","groups":["dev"]}';

  it('applies what policies change of what was submitted, then stamps', () => {
    const patch = [{ op: 'add', path: '/spec/paused', value: true }] as const;
    const engine = engineOf(() => ({ ...ALLOW, patch }));
    const { handle, metrics } = handlerOf(engine);
    const { body } = handle('/mutate', bodyOf(created));
    expect(patchIn(body)).toEqual([
      ...patch,
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { 'sluice.dev/changed-by': stamp },
      },
    ]);
    expect(engine.asked[0]?.object).toEqual(created.object);
    expect(metrics.counted).toEqual(['mutate allow']);
  });

  it('stamps over what policies write there', () => {
    const value = { 'sluice.dev/changed-by': '{"username":"eve"}', a: '1' };
    const patch = [{ op: 'add', path: '/metadata/annotations', value }] as const;
    const { handle } = handlerOf(engineOf(() => ({ ...ALLOW, patch })));
    expect(patchIn(handle('/mutate', bodyOf(created)).body)).toEqual([
      ...patch,
      { op: 'add', path: '/metadata/annotations/sluice.dev~1changed-by', value: stamp },
    ]);
  });

  it('asks no policy when none of them changes objects', () => {
    const engine = engineOf(() => DENY, { mayMutate: () => false });
    const { handle, metrics } = handlerOf(engine);
    expect(patchIn(handle('/mutate', bodyOf(created)).body)).toHaveLength(1);
    expect(engine.asked).toEqual([]);
    expect(metrics.counted).toEqual(['mutate allow']);
  });

  it('answers a dry run with the same patch', () => {
    const { handle } = handlerOf(engineOf());
    const dry = { ...created, request: { ...created.request, dryRun: true } };
    expect(handle('/mutate', bodyOf(dry)).body).toBe(handle('/mutate', bodyOf(created)).body);
  });

  it('leaves the judgement to /validate, which sees the final object', () => {
    const { handle } = handlerOf(engineOf(() => DENY));
    expect(readAnswer(handle('/mutate', bodyOf(created)).body).allowed).toBe(true);
  });

  it('refuses when a mutation failed, which nobody would notice later', () => {
    const error = { ...violation('third', 'the policy fails'), validation: '', error: true };
    const failed = { ...error, message: 'not idempotent', mutation: true, reason: 'Invalid' };
    const unconfigured = { ...failed, message: 'no parameters', reason: 'Forbidden' };
    const violations = [...DENY.violations, error, failed, unconfigured];
    const { handle, metrics } = handlerOf(engineOf(() => ({ ...DENY, violations })));
    const answer = readAnswer(handle('/mutate', bodyOf(created)).body);
    expect([answer.allowed, answer.patch]).toEqual([false, undefined]);
    expect(answer.status).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      details: {
        causes: [
          { message: "RolloutPolicy 'third' with binding 'third' denied request: no parameters" },
          { message: "RolloutPolicy 'third' with binding 'third' denied request: not idempotent" },
        ],
      },
    });
    expect(answer.status?.message).toMatch(/^RolloutPolicy 'third' .* no parameters\n/);
    expect(answer.status?.message).not.toMatch(/one is wrong|the policy fails/);
    expect(metrics.counted).toEqual(['mutate error']);
  });

  it("does not stamp what Sluice's own executor writes", () => {
    const { handle } = handlerOf(engineOf());
    const own = { ...created, request: { ...created.request, userInfo: { username: EXECUTOR } } };
    expect(readAnswer(handle('/mutate', bodyOf(own)).body)).toEqual({
      uid: 'uid-1',
      allowed: true,
    });
  });
});

describe('what cannot be decided', () => {
  const notReady = { ready: false, reasons: ['RolloutPolicy: not loaded'] };
  const failing = (error: Error) =>
    engineOf(() => {
      throw error;
    });

  it.each(['/validate', '/validate/fail', '/mutate', '/mutate/fail'])(
    'is never admitted before the first snapshot: %s',
    (path) => {
      const { handle, metrics } = handlerOf(engineOf(() => ALLOW, { readiness: () => notReady }));
      const { status, body } = handle(path, canary);
      expect(status).toBe(200);
      expect(readAnswer(body)).toEqual({
        uid: 'uid-1',
        allowed: false,
        status: {
          code: 503,
          reason: 'ServiceUnavailable',
          message: 'Sluice is not ready: RolloutPolicy: not loaded',
        },
      });
      expect(metrics.counted).toEqual(['rejected not-ready']);
    },
  );

  it.each(['/validate/ignore', '/mutate/ignore'])(
    'is left to the API server where the failure policy is Ignore: %s',
    (path) => {
      const { handle } = handlerOf(engineOf(() => ALLOW, { readiness: () => notReady }));
      const { status, body } = handle(path, canary);
      expect([status, readAnswer(body).allowed]).toEqual([503, false]);
    },
  );

  it('does not include a copy that has grown old: the decision says what it does not know', () => {
    let readiness = { ready: true, reasons: [] as string[] };
    const { handle } = handlerOf(engineOf(() => ALLOW, { readiness: () => readiness }));
    handle('/validate', canary);
    readiness = notReady;
    expect(readAnswer(handle('/validate', canary).body).allowed).toBe(true);
  });

  it('says nothing about a defect, but counts it', () => {
    const { handle, metrics } = handlerOf(failing(new Error('object text')));
    const { status, body } = handle('/validate', canary);
    expect([status, readAnswer(body).status?.code]).toEqual([200, 500]);
    expect(body).not.toContain('object text');
    expect(metrics.counted).toEqual(['rejected internal']);
    expect(handle('/validate/ignore', canary).status).toBe(500);
  });

  it('tells what the engine says about itself', () => {
    const error = new SluiceError('SLUICE_NOT_READY', 'not loaded yet: Namespace');
    const answer = readAnswer(handlerOf(failing(error)).handle('/validate', canary).body);
    expect(answer.status).toEqual({
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'not loaded yet: Namespace',
    });
  });

  it('is a bad request when it is malformed, with the uid when it is known', () => {
    const { handle, metrics } = handlerOf(engineOf());
    const cutOff = handle('/validate', canary.slice(0, 300));
    expect([cutOff.status, readAnswer(cutOff.body)]).toEqual([
      400,
      {
        uid: 'uid-1',
        allowed: false,
        status: { code: 400, reason: 'BadRequest', message: 'the body is not JSON' },
      },
    ]);
    const wrong = handle('/validate', '{}');
    expect([wrong.status, readAnswer(wrong.body).uid]).toEqual([400, '']);
    expect(metrics.counted).toEqual(['rejected malformed', 'rejected malformed']);
  });

  it.each(['/', '/validate/', '/Validate', '/validate/x', '/mutat', ''])(
    'is unknown: %j, and the answer lists what is known',
    (path) => {
      const { handle, metrics } = handlerOf(engineOf());
      const { status, body } = handle(path, canary);
      expect(status).toBe(404);
      expect(JSON.parse(body)).toMatchObject({ kind: 'Status', code: 404 });
      for (const known of ['/validate', '/validate/fail', '/mutate/ignore']) {
        expect(body).toContain(known);
      }
      expect(metrics.counted).toEqual(['rejected unknown-path']);
    },
  );
});

describe('an answer that the cluster must be asked for', () => {
  const start = (decision: Promise<Decision>) => {
    const metrics = countingMetrics();
    const engine = { ...engineOf(), review: () => decision };
    const clock = new VirtualClock();
    return {
      metrics,
      handle: createReviewHandler({ engine, metrics, clock, executorUsernames: [] }),
    };
  };

  it.each(['/validate', '/mutate'])('comes later: %s', async (path) => {
    const { handle, metrics } = start(Promise.resolve(ALLOW));
    const answer = handle(path, canary);
    expect(answer).toBeInstanceOf(Promise);
    expect(readAnswer((await answer).body)).toEqual({ uid: 'uid-1', allowed: true });
    expect(metrics.counted).toEqual([`${path.slice(1)} allow`]);
  });

  it('is an error that refuses when it fails', async () => {
    const { handle, metrics } = start(Promise.reject(new Error('a defect')));
    const { status, body } = await handle('/validate/fail', canary);
    expect([status, readAnswer(body)]).toMatchObject([200, { uid: 'uid-1', allowed: false }]);
    expect(metrics.counted).toEqual(['rejected internal']);
  });
});
