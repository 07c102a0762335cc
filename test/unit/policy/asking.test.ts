import { describe, expect, it } from 'vitest';
import type { AccessAnswer } from '../../../src/domain/access.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { GateQuestion } from '../../../src/domain/gates.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutPolicySpec } from '../../../src/domain/policy.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import type { ChangeWindow } from '../../../src/domain/window.ts';
import { evaluateWindows } from '../../../src/governance/windows.ts';
import { createPolicyEngine } from '../../../src/policy/policy-engine.ts';
import { immediate } from '../../support/immediate.ts';
import { HandReviewer, never } from './access.ts';
import { HandCache, NOW, binding, canary, namespace, policy, request, rollout } from './support.ts';

const MAY_PROMOTE: Partial<RolloutPolicySpec> = {
  validations: [
    {
      expression:
        'authorizer.group("flagger.app").resource("canaries").namespace("shop").check("promote").allowed()',
      message: 'may not promote',
    },
  ],
};
const review = { request, object: canary, oldObject: null };
const question: GateQuestion = {
  gate: 'TrafficIncrease',
  subject: canary,
  changedBy: { username: 'ada' },
  rollout,
  now: NOW,
};

function start(spec: Partial<RolloutPolicySpec> = MAY_PROMOTE) {
  const clock = new VirtualClock(Date.parse(NOW));
  const access = new HandReviewer(clock);
  const engine = createPolicyEngine({
    policies: new HandCache([policy(spec)]),
    bindings: new HandCache([binding()]),
    windows: new HandCache<ChangeWindow>(),
    namespaces: new HandCache<KubeObject>([namespace]),
    evaluateWindows,
    clock,
    freshnessMs: 1_000_000,
    systemNamespace: 'sluice-system',
    logger: silentLogger,
    access,
  });
  return { engine, access, clock };
}

const refuses = (): Promise<AccessAnswer> => Promise.resolve({ decision: 'noOpinion' });
const fails = (): Promise<AccessAnswer> => Promise.reject(new Error('away'));
const messages = ({ violations }: Decision): string[] => violations.map(({ message }) => message);

describe('a review', () => {
  it('asks about the requester, and is then decided at once for a while', async () => {
    const { engine, access } = start();
    expect((await engine.review(review)).verdict).toBe('allow');
    expect(access.asked).toEqual([
      {
        user: request.userInfo,
        question: {
          verb: 'promote',
          group: 'flagger.app',
          resource: 'canaries',
          namespace: 'shop',
        },
      },
    ]);
    expect(immediate(engine.review(review)).verdict).toBe('allow');
  });

  it('asks about a service account as the API server names it', async () => {
    const expression = 'authorizer.serviceAccount("ci", "bot").path("/x").check("get").allowed()';
    const { engine, access } = start({ validations: [{ expression }] });
    await engine.review(review);
    expect(access.asked).toEqual([
      {
        user: {
          username: 'system:serviceaccount:ci:bot',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:ci'],
        },
        question: { verb: 'get', path: '/x' },
      },
    ]);
  });

  it('denies who may not', async () => {
    const { engine, access } = start();
    access.answer = refuses;
    expect(messages(await engine.review(review))).toEqual(['may not promote']);
  });

  it('of one question that leads to the next asks both', async () => {
    const expression =
      'authorizer.path("/a").check("get").allowed() && authorizer.path("/b").check("get").allowed()';
    const { engine, access } = start({ validations: [{ expression }] });
    expect((await engine.review(review)).verdict).toBe('allow');
    expect(access.asked).toHaveLength(2);
  });

  it.each(['no answer', 'none in time'])(
    'without an answer follows failurePolicy: %s',
    async (how) => {
      for (const [failurePolicy, verdict] of [
        ['Fail', 'error'],
        ['Ignore', 'allow'],
      ] as const) {
        const { engine, access, clock } = start({ ...MAY_PROMOTE, failurePolicy });
        access.answer = how === 'no answer' ? fails : never;
        const decision = engine.review(review);
        await clock.advance(1000);
        expect((await decision).verdict).toBe(verdict);
      }
    },
  );

  it('shows an error of an authorizer to the expression, and asks again next time', async () => {
    const expression = '!authorizer.path("/a").check("get").errored()';
    const { engine, access } = start({ validations: [{ expression, message: 'errored' }] });
    access.answer = () => Promise.resolve({ decision: 'noOpinion', error: 'webhook is away' });
    expect(messages(await engine.review(review))).toEqual(['errored']);
    await engine.review(review);
    expect(access.asked).toHaveLength(2);
  });

  it('is not kept waiting by policies that do not ask', () => {
    const { engine } = start({ validations: [{ expression: 'true' }] });
    expect(immediate(engine.review(review)).verdict).toBe('allow');
  });
});

describe('a gate', () => {
  it('holds while it is being asked, and calls back when the answer is there', async () => {
    const { engine, clock } = start({ ...MAY_PROMOTE, failurePolicy: 'Ignore' });
    let calls = 0;
    engine.gateKeeper.subscribe(() => calls++);
    const first = engine.gateKeeper.ask(question);
    expect(first.verdict).toBe('hold');
    expect(messages(first)).toContain('authorization is being asked');
    await clock.advance(0);
    expect(calls).toBe(1);
    expect(engine.gateKeeper.ask(question).verdict).toBe('allow');
  });

  it('goes on with an answer of the last minute while it is asked anew', async () => {
    const { engine, access, clock } = start();
    engine.gateKeeper.ask(question);
    await clock.advance(10_000);
    access.answer = refuses;
    expect(engine.gateKeeper.ask(question).verdict).toBe('allow');
    await clock.advance(0);
    expect(messages(engine.gateKeeper.ask(question))).toEqual(['may not promote']);
    await clock.advance(61_000);
    expect(messages(engine.gateKeeper.ask(question))).toContain('authorization is being asked');
  });

  it('without an answer follows failurePolicy, and is asked again later only', async () => {
    const { engine, access, clock } = start();
    access.answer = fails;
    let calls = 0;
    engine.gateKeeper.subscribe(() => {
      calls++;
      engine.gateKeeper.ask(question);
    });
    engine.gateKeeper.ask(question);
    await clock.advance(0);
    const decision = engine.gateKeeper.ask(question);
    expect([decision.verdict, decision.violations[0]?.error]).toEqual(['hold', true]);
    expect(messages(decision)).not.toContain('authorization is being asked');
    expect([calls, access.asked.length]).toEqual([1, 1]);
    await clock.advance(10_000);
    access.answer = () => Promise.resolve({ decision: 'allow' });
    engine.gateKeeper.ask(question);
    await clock.advance(0);
    expect(engine.gateKeeper.ask(question).verdict).toBe('allow');
  });

  it('uses an answer with an error as it is', async () => {
    const expression = 'authorizer.path("/a").check("get").errored()';
    const { engine, access, clock } = start({ validations: [{ expression }] });
    access.answer = () => Promise.resolve({ decision: 'noOpinion', error: 'webhook is away' });
    engine.gateKeeper.ask(question);
    await clock.advance(0);
    expect(engine.gateKeeper.ask(question).verdict).toBe('allow');
  });

  it('never holds a shift toward safety', () => {
    const { engine } = start();
    const back = { ...question, rollout: { ...rollout, fromWeight: 20, toWeight: 0 } };
    expect(engine.gateKeeper.ask(back).verdict).toBe('allow');
  });

  it('asks no more once the engine is closed', () => {
    const { engine, access } = start();
    engine.close();
    expect(engine.gateKeeper.ask(question).verdict).toBe('hold');
    expect(access.asked).toEqual([]);
  });
});
