import type { Canary, CanaryStatus } from '../../src/domain/canary.ts';
import type { KubeObject, ResourceType } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import type { OutboundRequest, OutboundResponse } from '../../src/domain/transport.ts';
import { DeliveryWorld, NAME, NAMESPACE } from './delivery-world.ts';
import { statusLine, type Golden, type GoldenStep, type StubRules } from './golden-scenario.ts';

type Recorded = Pick<Golden, 'status' | 'analysis' | 'events'>;

interface Stub {
  rules: StubRules;
  readonly analysis: string[];
  readonly events: string[];
}

/** Plays a recorded scenario in the in-memory world and writes down the same streams. */
export async function play(golden: Golden): Promise<Recorded> {
  const world = new DeliveryWorld();
  const status: string[] = [];
  world.client.onChange((type, object) => {
    if (type.plural !== 'canaries' || (object as Canary).status === undefined) return;
    const line = statusLine(object as Canary);
    if (status.at(-1) !== line) status.push(line);
  });
  const stub: Stub = { rules: { hooks: golden.hooks }, analysis: [], events: [] };
  world.answer = (request) => answerOf(stub, request);
  world.config = { eventWebhook: 'http://stub/hook/event' };
  await world.createGateway();
  world.start();
  for (const step of golden.steps) await act(world, stub, step);
  await world.clock.advance(2500);
  await world.kill();
  return { status, analysis: calm(withoutRepeats(stub.analysis)), events: calm(stub.events) };
}

async function act(world: DeliveryWorld, stub: Stub, step: GoldenStep): Promise<void> {
  for (const object of step.apply ?? []) await create(world, object);
  if (step.image !== undefined) await setImage(world, step.image);
  if (step.patch !== undefined) await patch(world, step.patch);
  if (step.delete !== undefined) {
    const key = { namespace: NAMESPACE, name: step.delete.metadata.name };
    const { signal } = new AbortController();
    await world.client.delete(typeOf(step.delete), key, { signal });
  }
  if (step.rules !== undefined) {
    stub.rules = {
      metrics: step.rules.metrics ?? stub.rules.metrics ?? [],
      hooks: { ...stub.rules.hooks, ...step.rules.hooks },
    };
  }
  if (step.sleep !== undefined) await world.clock.advance(step.sleep * 1000);
  if (step.until !== undefined) {
    const { until } = step;
    await world.untilTrue(() => isReached(world.canary().status, until), until);
  }
}

/** A phase, or the one form of condition that scenarios use: `(status) => status.canaryWeight === 30`. */
function isReached(status: CanaryStatus | undefined, until: string): boolean {
  const condition = /^\((\w+)\) => \1\.(\w+) === (\d+)$/.exec(until);
  if (condition === null) return status?.phase === until;
  return status?.[condition[2] ?? ''] === Number(condition[3]);
}

function typeOf({ apiVersion, kind }: KubeObject): ResourceType {
  const found = Object.values(RESOURCES).find(
    (type) =>
      type.kind === kind &&
      apiVersion === (type.group === '' ? type.version : `${type.group}/${type.version}`),
  );
  if (found === undefined) throw new Error(`the world does not know ${apiVersion} ${kind}`);
  return found;
}

async function create(world: DeliveryWorld, object: KubeObject): Promise<void> {
  const metadata = { namespace: NAMESPACE, ...object.metadata };
  await world.client.create(typeOf(object), { ...object, metadata });
}

async function patch(world: DeliveryWorld, object: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata, ...body } = object;
  const key = { namespace: NAMESPACE, name: metadata.name };
  const signal = new AbortController().signal;
  const type = typeOf({ apiVersion, kind, metadata });
  await world.client.patch(type, key, { type: 'merge', body }, { signal });
}

async function setImage(world: DeliveryWorld, image: string): Promise<void> {
  const target = structuredClone(world.target());
  const [container] = target.spec.template.spec.containers;
  if (container === undefined) throw new Error(`${NAME} has no container`);
  container.image = image;
  await world.client.replace(RESOURCES.deployments, target);
}

function answerOf(
  { rules, analysis, events }: Stub,
  { url, body }: OutboundRequest,
): OutboundResponse {
  const { hostname, pathname, searchParams } = new URL(url);
  const send = (status: number, answer: unknown): OutboundResponse => ({
    status,
    headers: {},
    body: JSON.stringify(answer),
    truncated: false,
  });
  if (hostname === 'stub') {
    const name = pathname.slice('/hook/'.length);
    const status = rules.hooks?.[name] ?? 200;
    const line = `hook ${name} => ${status} ${JSON.stringify(JSON.parse(body ?? '{}'), scrub)}`;
    const payload = JSON.parse(body ?? '{}') as { metadata?: Record<string, string> };
    // Alerts are a stream of their own.
    if (name.startsWith('alert-')) return send(status, {});
    const isEvent = name === 'event' && payload.metadata?.['owner'] === undefined;
    (isEvent ? events : analysis).push(line);
    return send(status, status < 300 ? {} : { error: 'on purpose' });
  }
  const query = searchParams.get('query') ?? '';
  if (query === 'vector(1)') return send(200, vector('1'));
  const rule = rules.metrics?.find(({ match }) => new RegExp(match).test(query));
  const value =
    rule === undefined ? (query.includes('histogram_quantile') ? 0.1 : 100) : rule.value;
  analysis.push(`query ${query} => ${value}`);
  if (value === 'error') {
    return send(500, { status: 'error', errorType: 'internal', error: 'on purpose' });
  }
  return send(200, value === null ? vector() : vector(String(value)));
}

function vector(...values: string[]): unknown {
  const result = values.map((value) => ({ metric: {}, value: [0, value] }));
  return { status: 'success', data: { resultType: 'vector', result } };
}

function scrub(key: string, value: unknown): unknown {
  if (key === 'timestamp') return undefined;
  return key === 'checksum' ? '<id>' : value;
}

/** Queries count once. */
function withoutRepeats(calls: readonly string[]): string[] {
  return calls.filter((call, i) => !call.startsWith('query') || calls.indexOf(call) === i);
}

/** How often somebody waits depends on the machine. */
export function calm(events: readonly string[]): string[] {
  return events.filter(
    (line, i) =>
      !line.includes('not ready: waiting for rollout to finish') &&
      (line !== events[i - 1] || !line.includes('providers are available')),
  );
}
