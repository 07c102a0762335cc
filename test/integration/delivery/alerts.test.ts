import { describe, expect, test } from 'vitest';
import { NO_ALERTS, type AlertChannel } from '../../../src/delivery/alert-config.ts';
import type { CanaryAnalysis } from '../../../src/domain/canary.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { OutboundRequest, OutboundResponse } from '../../../src/domain/transport.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const CHAT = 'https://chat.example/secret-path';
const STARTED = 'New revision detected, progressing canary analysis.';
const FINISHED = 'Canary analysis completed successfully, promotion finished.';
const INITIALIZED = 'New Deployment detected, initialization completed.';

interface SlackBody {
  attachments: { text: string; fields: { title: string; value: string }[] }[];
}

/** A world whose chat remembers what it was told. */
class AlertWorld extends DeliveryWorld {
  readonly calls: (OutboundRequest & { at: number; text: string })[] = [];
  /** Answer of the chat; 200 when there is none. */
  chat: (call: number) => Partial<OutboundResponse> | Error = () => ({});

  constructor() {
    super();
    this.answer = (request) => {
      if (!request.url.startsWith(CHAT)) return undefined;
      const { attachments } = JSON.parse(request.body ?? '') as SlackBody;
      const text = attachments[0]?.text ?? '';
      this.calls.push({ ...request, at: this.clock.now(), text });
      const answer = this.chat(this.calls.length);
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, body: 'ok', truncated: false, ...answer };
    };
  }

  get told(): string[] {
    return this.calls.map(({ text }) => text);
  }

  async provider(spec: Record<string, unknown>, namespace = NAMESPACE): Promise<void> {
    const object = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      metadata: { name: 'chat', namespace },
      spec: { type: 'slack', channel: 'on-call', ...spec },
    };
    await this.client.create<KubeObject>(RESOURCES.alertProviders, object);
  }

  async play(analysis: CanaryAnalysis = {}): Promise<void> {
    await this.create({}, { alerts: [entry()], ...analysis });
    this.start();
    await this.until('Initialized');
    await this.release('podinfo:2');
    await this.until('Succeeded');
    await this.clock.advance(300_000);
  }
}

function entry(severity?: string, namespace?: string) {
  const providerRef = { name: 'chat', ...(namespace === undefined ? {} : { namespace }) };
  return { name: 'chat', providerRef, ...(severity === undefined ? {} : { severity }) };
}

/** Everything that people or machines could read. */
function outputs(world: AlertWorld): string {
  return JSON.stringify([world.events, world.log, world.canary(), world.lastRun()]);
}

test('a good rollout is told in Flagger’s words, in order', async () => {
  const world = new AlertWorld();
  world.config = { alerts: { ...NO_ALERTS, clusterName: 'eu' } };
  await world.provider({ address: CHAT });
  await world.play();
  expect(world.told).toEqual([INITIALIZED, STARTED, FINISHED]);
  const [, started, finished] = world.calls.map(({ body }) => JSON.parse(body ?? '') as SlackBody);
  const fields = started?.attachments[0]?.fields.map(({ title, value }) => `${title}: ${value}`);
  expect(fields).toEqual([
    'Cluster: eu',
    'Target: Deployment/podinfo.shop',
    'Failed checks threshold: 3',
    'Progress deadline: 600s',
    'Traffic routing: Weight step: 30 max: 60',
  ]);
  expect(finished?.attachments[0]?.fields).toHaveLength(1);
  expect(world.alerted).toEqual(['slack sent', 'slack sent', 'slack sent']);
});

describe('severities', () => {
  test.each<[string | undefined, string[]]>([
    [undefined, [STARTED, 'Failed checks threshold reached 3']],
    ['', [STARTED, 'Failed checks threshold reached 3']],
    ['info', [STARTED, 'Failed checks threshold reached 3']],
    ['warn', ['Failed checks threshold reached 3']],
    ['error', ['Failed checks threshold reached 3']],
  ])('%s', async (severity, expected) => {
    const world = new AlertWorld();
    await world.provider({ address: CHAT });
    await world.create({}, { alerts: [entry(severity)] });
    world.start();
    await world.until('Initialized');
    world.metric = (query) => (query.includes('histogram_quantile') ? 0.1 : 50);
    await world.release('podinfo:2');
    await world.until('Failed');
    await world.clock.advance(10_000);
    expect(world.told.filter((text) => text !== INITIALIZED)).toEqual(expected);
  });

  test('a hold is told once, however long it lasts', async () => {
    const world = new AlertWorld();
    world.hooks = { 'confirm-traffic-increase': () => 403 };
    await world.provider({ address: CHAT });
    const webhooks = [world.hook('confirm-traffic-increase')];
    await world.create({}, { alerts: [entry('warn')], webhooks });
    world.start();
    await world.until('Initialized');
    await world.release('podinfo:2');
    await world.until('Progressing');
    await world.clock.advance(120_000);
    expect(world.told).toEqual(['Canary traffic increase is waiting for approval.']);
    world.hooks = {};
    await world.until('Succeeded');
    expect(world.told).toHaveLength(1);
  });
});

describe('the notifier of the configuration', () => {
  const global: AlertChannel = {
    type: 'slack',
    address: CHAT,
    token: 'xoxb-1',
    proxy: 'http://proxy.example:3128',
    username: 'flagger',
    channel: 'ops',
  };

  test('gets what Canaries without alerts of their own have to say, with its token and proxy', async () => {
    const world = new AlertWorld();
    world.config = { alerts: { clusterName: '', global } };
    await world.play({ alerts: [] });
    expect(world.told).toEqual([INITIALIZED, STARTED, FINISHED]);
    expect(world.calls[0]).toMatchObject({
      headers: { authorization: 'Bearer xoxb-1' },
      proxy: 'http://proxy.example:3128',
    });
  });

  test('gets nothing of others', async () => {
    const world = new AlertWorld();
    world.config = {
      alerts: { clusterName: '', global: { ...global, address: `${CHAT}/global` } },
    };
    await world.provider({ address: CHAT });
    await world.play();
    expect(world.calls.every(({ url }) => url === CHAT)).toBe(true);
  });

  test('without a channel it says so', async () => {
    const world = new AlertWorld();
    world.config = { alerts: { clusterName: '', global: { ...global, channel: '' } } };
    await world.play({ alerts: [] });
    expect(world.events).toContain(
      'Warning AlertFailed An alert was not delivered: the notifier slack of the configuration: it needs a channel',
    );
  });
});

describe('a Secret', () => {
  async function withSecret(data: Record<string, string> | undefined): Promise<AlertWorld> {
    const world = new AlertWorld();
    await world.provider({ secretRef: { name: 'chat-secret' } });
    if (data !== undefined) {
      const encoded = Object.entries(data).map(([key, value]) => [key, btoa(value)] as const);
      const metadata = { name: 'chat-secret', namespace: NAMESPACE };
      const object = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata,
        data: Object.fromEntries(encoded),
      };
      await world.client.create<KubeObject>(RESOURCES.secrets, object);
    }
    await world.play();
    return world;
  }

  test('has address and token', async () => {
    const world = await withSecret({ address: `${CHAT}\n`, token: 'xoxb-2' });
    expect(world.told).toHaveLength(3);
    expect(world.calls[0]).toMatchObject({
      url: CHAT,
      headers: { authorization: 'Bearer xoxb-2' },
    });
    expect(outputs(world)).not.toMatch(/secret-path|xoxb/);
  });

  test.each([
    ['that is missing', undefined, 'not found'],
    ['without an address', { token: 'xoxb-2' }, 'has no address'],
  ])('%s is told once, and the rollout goes on', async (_name, data, why) => {
    const world = await withSecret(data);
    expect(world.events.filter((event) => event.includes('AlertFailed'))).toEqual([
      `Warning AlertFailed An alert was not delivered: AlertProvider chat.shop: Secret chat-secret.shop ${why}`,
    ]);
    expect(world.alerted).toEqual(['unknown failed', 'unknown failed', 'unknown failed']);
  });
});

describe('what is missing or not allowed is told once, and the rollout goes on', () => {
  const failures = (world: AlertWorld): string[] =>
    world.events.filter((event) => event.includes('AlertFailed'));

  test('an AlertProvider', async () => {
    const world = new AlertWorld();
    await world.play();
    expect(failures(world)).toEqual([
      'Warning AlertFailed An alert was not delivered: AlertProvider chat.shop not found',
    ]);
  });

  test('one of another namespace', async () => {
    const world = new AlertWorld();
    await world.provider({ address: CHAT }, 'other');
    await world.play({ alerts: [entry('info', 'other')] });
    expect(failures(world)).toEqual([
      'Warning AlertFailed An alert was not delivered: AlertProvider chat.other: references to other namespaces are off',
    ]);
    expect(world.calls).toEqual([]);
  });

  test('unless it is allowed', async () => {
    const world = new AlertWorld();
    world.config = { noCrossNamespaceRefs: false };
    await world.provider({ address: CHAT }, 'other');
    await world.play({ alerts: [entry('info', 'other')] });
    expect(world.told).toHaveLength(3);
  });

  test.each([
    ['an unknown type', { type: 'pager', address: CHAT }, 'is not known; known: discord, gchat'],
    ['no address', {}, 'its address is not an http or https URL'],
    [
      'another scheme',
      { address: 'ftp://chat.example' },
      'its address is not an http or https URL',
    ],
  ])('%s', async (_name, spec, why) => {
    const world = new AlertWorld();
    await world.provider(spec);
    await world.play();
    expect(failures(world)).toHaveLength(1);
    expect(failures(world)[0]).toContain(why);
  });
});

describe('delivery', () => {
  async function withChat(chat: AlertWorld['chat']): Promise<AlertWorld> {
    const world = new AlertWorld();
    await world.provider({ address: CHAT });
    world.chat = chat;
    await world.play();
    return world;
  }

  test.each([500, 503, 429])('HTTP %d is tried again, and the order stays', async (status) => {
    const world = await withChat((call) => ({ status: call <= 2 ? status : 200 }));
    expect(world.told).toEqual([INITIALIZED, INITIALIZED, INITIALIZED, STARTED, FINISHED]);
    const [first = 0, second = 0, third = 0] = world.calls.map(({ at }) => at);
    expect([second - first, third - second]).toEqual([1000, 2000]);
    expect(world.alerted).toEqual(['slack sent', 'slack sent', 'slack sent']);
  });

  test('Retry-After is heeded up to half a minute', async () => {
    const world = await withChat((call) =>
      call === 1 ? { status: 429, headers: { 'retry-after': '9000' } } : {},
    );
    const [first = 0, second = 0] = world.calls.map(({ at }) => at);
    expect(second - first).toBe(30_000);
  });

  test('HTTP 404 is not', async () => {
    const world = await withChat(() => ({ status: 404, body: 'no such hook secret-path' }));
    expect(world.told).toEqual([INITIALIZED, STARTED, FINISHED]);
    expect(world.alerted).toEqual(['slack failed', 'slack failed', 'slack failed']);
    const failures = world.events.filter((event) => event.includes('AlertFailed'));
    expect(failures).toEqual([
      'Warning AlertFailed An alert was not delivered: AlertProvider chat.shop: HTTP 404',
    ]);
    expect(outputs(world)).not.toContain('secret-path');
  });

  test('a 200 by which Slack refuses is a failure', async () => {
    const world = await withChat(() => ({ body: '{"ok":false,"error":"not_in_channel"}' }));
    expect(world.alerted).toEqual(['slack failed', 'slack failed', 'slack failed']);
    expect(outputs(world)).toContain('AlertProvider chat.shop: Slack refused it: not_in_channel');
  });

  test('an address that may not be called is not, and its host is not repeated', async () => {
    const world = await withChat(
      () => new SluiceError('SLUICE_PROVIDER', 'calls to chat.example are not allowed', {}),
    );
    expect(world.told).toHaveLength(3);
    expect(outputs(world)).not.toContain('chat.example are');
    expect(outputs(world)).toContain('its address may not be called');
  });

  test('a chat that does not answer is given up after five attempts, and keeps nothing waiting', async () => {
    const refused = (): Error =>
      new SluiceError('SLUICE_PROVIDER', 'no answer: ECONNREFUSED', { retryable: true });
    const world = await withChat(refused);
    await world.clock.advance(600_000);
    expect(world.calls).toHaveLength(15);
    expect(world.phase()).toBe('Succeeded');
    expect(world.alerted).toEqual(['slack failed', 'slack failed', 'slack failed']);
  });

  test('a failure after a success is told again', async () => {
    const world = await withChat((call) => ({ status: call === 2 ? 200 : 404 }));
    expect(world.events.filter((event) => event.includes('AlertFailed'))).toHaveLength(2);
  });

  test('the end of the process gives up what is on its way', async () => {
    const world = new AlertWorld();
    await world.provider({ address: CHAT });
    world.chat = () => ({ status: 503 });
    await world.create({}, { alerts: [entry()] });
    world.start();
    await world.until('Initialized');
    await world.kill();
    const calls = world.calls.length;
    await world.clock.advance(300_000);
    expect(world.calls).toHaveLength(calls);
  });
});

test('nothing is told of a Canary whose deletion takes its alerts along', async () => {
  const world = new AlertWorld();
  await world.provider({ address: CHAT });
  await world.play();
  const before = world.told.length;
  const key = { namespace: NAMESPACE, name: NAME };
  await world.client.delete(RESOURCES.canaries, key, { signal: new AbortController().signal });
  await world.clock.advance(60_000);
  expect(world.told).toHaveLength(before);
});
