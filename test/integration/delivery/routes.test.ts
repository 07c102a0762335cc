import { afterEach, expect, test } from 'vitest';
import type { Canary } from '../../../src/domain/canary.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { NetworkAnswer } from '../../../src/sandbox/network.ts';
import { SandboxDelivery } from '../../support/sandbox-delivery.ts';

const METRICS = [{ name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } }];

let sandbox: SandboxDelivery | undefined;

afterEach(async () => {
  await sandbox?.close();
});

async function started(...options: Parameters<SandboxDelivery['start']>): Promise<SandboxDelivery> {
  sandbox = new SandboxDelivery();
  await sandbox.start(...options);
  await sandbox.until('Initialized');
  await sandbox.clock.advance(40_000);
  return sandbox;
}

/** Answers to requests with these headers, sent one after the other within a second. */
async function ask(
  world: SandboxDelivery,
  headers: Readonly<Record<string, string>> = {},
  count = 5,
): Promise<NetworkAnswer[]> {
  const answers = Array.from({ length: count }, () => world.request(headers));
  await world.clock.advance(1000);
  return Promise.all(answers);
}

function versions(answers: readonly NetworkAnswer[]): Set<string> {
  return new Set(answers.map(({ headers }) => headers['x-version'] ?? ''));
}

test('A/B: requests that match reach the canary alone, all others the primary alone', async () => {
  const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
  const world = await started({
    analysis: { interval: '10s', threshold: 3, iterations: 3, metrics: METRICS, match },
  });
  await world.release('podinfo:6.0.1');
  await world.clock.runUntil(() => world.weights.at(-1) === 100, 300_000);
  const insiders: NetworkAnswer[] = [];
  const others: NetworkAnswer[] = [];
  for (let i = 0; i < 25; i++) {
    insiders.push(...(await ask(world, { 'x-canary': 'insider' })));
    others.push(...(await ask(world, { 'x-canary': 'guest' })));
    if (world.phases.at(-1) !== 'Progressing') break;
    expect(versions(insiders)).toEqual(new Set(['6.0.1']));
    expect(versions(others)).toEqual(new Set(['6.0.0']));
  }
  await world.until('Succeeded');
  expect([...insiders, ...others].filter(({ status }) => status !== 200)).toEqual([]);
  expect(world.weights).toEqual([0, 100, 0]);
});

test('a match with weights divides those that match', async () => {
  const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
  const world = await started({}, { match, stepWeight: 50, maxWeight: 50, threshold: 9 });
  await world.release('podinfo:6.0.1');
  await world.clock.runUntil(() => world.weights.at(-1) === 50, 300_000);
  const insiders = await ask(world, { 'x-canary': 'insider' }, 10);
  const onCanary = insiders.filter(({ headers }) => headers['x-version'] === '6.0.1');
  expect(onCanary).toHaveLength(5);
  expect(versions(await ask(world))).toEqual(new Set(['6.0.0']));
});

test('mirroring: the canary gets a copy of each request, answers come from the primary', async () => {
  const analysis = { interval: '10s', threshold: 3, iterations: 3, metrics: METRICS, mirror: true };
  const world = await started({ analysis });
  await world.release('podinfo:6.0.1');
  const before = world.sentTo('podinfo-primary');
  await world.clock.runUntil(() => world.sentTo('podinfo-canary') > 0, 300_000);
  expect(versions(await ask(world))).toEqual(new Set(['6.0.0']));
  await world.clock.advance(5000);
  const copies = world.sentTo('podinfo-canary');
  expect(copies).toBeGreaterThan(80);
  expect(copies).toBeLessThanOrEqual(world.sentTo('podinfo-primary') - before);
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 100, 0]);
});

test('a canary that fails on copies is rolled back before anybody gets its answers', async () => {
  const analysis = { interval: '10s', threshold: 2, iterations: 5, metrics: METRICS, mirror: true };
  const world = await started({ analysis });
  await world.release('podinfo:6.0.1-err50');
  await world.until('Failed');
  expect(world.weights).toEqual([0]);
  expect((await world.runs())[0]?.status?.outcome?.reason).toBe('FailedChecks');
});

test('session affinity: who has got the canary stays with it, until its cookie is taken back', async () => {
  const sessionAffinity = { cookieName: 'side', primaryCookieName: 'other', maxAge: 3600 };
  const world = await started({}, { stepWeight: 20, maxWeight: 60, sessionAffinity });
  await world.release('podinfo:6.0.1');
  await world.clock.runUntil(() => world.weights.at(-1) === 100, 300_000);
  const first = await ask(world, {}, 10);
  const canaries = first.filter(({ headers }) => headers['x-version'] === '6.0.1');
  expect(canaries.length).toBeGreaterThan(0);
  const cookieOf = ({ headers }: NetworkAnswer): string =>
    headers['set-cookie']?.split(';')[0] ?? '';
  const cookie = cookieOf(canaries[0] ?? { status: 0, headers: {}, body: '' });
  expect(cookie).toMatch(/^side=[a-zA-Z]{10}$/);
  expect(new Set(canaries.map(cookieOf))).toEqual(new Set([cookie]));
  expect(versions(await ask(world, { cookie }, 20))).toEqual(new Set(['6.0.1']));
  const primaries = first.filter(({ headers }) => headers['x-version'] === '6.0.0');
  const other = cookieOf(primaries[0] ?? { status: 0, headers: {}, body: '' });
  expect(other).toMatch(/^other=[a-zA-Z]{10}$/);
  expect(versions(await ask(world, { cookie: other }, 20))).toEqual(new Set(['6.0.0']));

  await world.until('Succeeded');
  const [last] = await ask(world, { cookie }, 1);
  expect(last?.headers['set-cookie']).toBe(`${cookie}; Max-Age=-1`);
  const canary = await world.get<Canary>(RESOURCES.canaries, 'podinfo');
  expect(canary?.status).toMatchObject({
    previousSessionAffinityCookie: cookie,
    primarySessionAffinityCookie: other,
  });
  expect(canary?.status?.sessionAffinityCookie).toBeUndefined();
});

interface TestRoute extends KubeObject {
  spec: { rules: { filters?: { type: string }[]; backendRefs: { weight: number }[] }[] };
}

test('a route that the gateway refuses after an edit goes back to the one that was served', async () => {
  const world = await started();
  await world.release('podinfo:6.0.1');
  await world.clock.runUntil(() => world.weights.at(-1) === 20, 300_000);
  await world.patchCanary({ spec: { service: { corsPolicy: { allowOrigin: ['*'] } } } });
  const refused = (): boolean => world.events.some((text) => text.includes('UnsupportedValue'));
  expect(await world.clock.runUntil(refused, 60_000)).toBe(true);
  await world.until('Failed');
  await world.clock.advance(30_000);
  const route = await world.get<TestRoute>(RESOURCES.httpRoutes, 'podinfo');
  expect(route?.spec.rules).toHaveLength(1);
  expect(route?.spec.rules[0]?.filters).toBeUndefined();
  expect(route?.spec.rules[0]?.backendRefs.map(({ weight }) => weight)).toEqual([100, 0]);
  expect((await world.runs())[0]?.status?.outcome?.reason).toBe('RouteRefused');
  const canary = await world.get<Canary>(RESOURCES.canaries, 'podinfo');
  const ready = canary?.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'False', reason: 'RouteRefused' });

  await world.patchCanary({ spec: { service: { corsPolicy: null } } });
  await world.clock.advance(200_000);
  const later = await world.get<Canary>(RESOURCES.canaries, 'podinfo');
  expect(later?.status?.conditions?.map(({ type }) => type)).toEqual(['Promoted']);
});

test('what the class does not list is never written', async () => {
  const world = await started();
  await world.listFeatures(['HTTPRoute', 'HTTPRouteResponseHeaderModification']);
  await world.patchCanary({ spec: { service: { corsPolicy: { allowOrigin: ['*'] } } } });
  await world.release('podinfo:6.0.1');
  await world.clock.advance(120_000);
  const canary = await world.get<Canary>(RESOURCES.canaries, 'podinfo');
  const ready = canary?.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'False', reason: 'RouteUnsupported' });
  expect(ready?.message).toContain('HTTPRouteCORS');
  const route = await world.get<TestRoute>(RESOURCES.httpRoutes, 'podinfo');
  expect(route?.spec.rules[0]?.filters).toBeUndefined();
  expect(world.weights).toEqual([0]);
});
