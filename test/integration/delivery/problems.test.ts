import { expect, test } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { CanarySpec } from '../../../src/domain/canary.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

const SIGNAL = new AbortController().signal;

async function obstructed(
  world: DeliveryWorld,
  reason: string,
  message: string | RegExp,
): Promise<void> {
  await world.untilTrue(() => world.condition('Ready')?.reason === reason, `Ready=False ${reason}`);
  await world.clock.advance(300_000);
  expect(world.condition('Ready')).toEqual({
    status: 'False',
    reason,
    message: expect.stringMatching(message) as string,
  });
  const told = world.events.filter(
    (event) => event.startsWith('Warning') && new RegExp(message).test(event),
  );
  expect(told).toHaveLength(1);
}

test('a missing target', async () => {
  const world = new DeliveryWorld();
  await world.createGateway();
  await world.createCanary();
  world.start();
  await obstructed(world, 'TargetMissing', /Deployment podinfo.shop not found/);
  await world.createTarget();
  await world.until('Initialized');
  expect(world.condition('Ready')).toBeUndefined();
});

test('a missing Gateway', async () => {
  const world = new DeliveryWorld();
  await world.createTarget();
  await world.createCanary();
  world.start();
  await obstructed(world, 'GatewayMissing', /Gateway gateway.infra not found/);
  expect(world.target().spec.replicas).toBe(2);
  await world.createGateway();
  await world.until('Initialized');
});

test('a Gateway that goes away in a rollout holds the weight and never promotes', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.client.delete(
    RESOURCES.gateways,
    { namespace: 'infra', name: 'gateway' },
    { signal: SIGNAL },
  );
  await obstructed(world, 'GatewayMissing', /Gateway gateway.infra not found/);
  expect(world.weight()).toBe(30);
  await world.createGateway();
  await world.until('Succeeded');
});

test('a missing MetricTemplate is named, holds the weight and ends the run as NoData', async () => {
  const metrics = [
    { name: 'errors', interval: '1m', thresholdRange: { max: 1 }, templateRef: { name: 'errors' } },
  ];
  const world = await startedWorld({}, { metrics });
  expect(world.condition('Ready')).toMatchObject({ reason: 'MetricTemplateMissing' });
  await world.release('podinfo:2');
  await world.until('Failed');
  expect(world.primaryImage()).toBe('podinfo:1');
  expect(world.lastRun().status?.outcome?.reason).toBe('NoData');
});

test.each([
  [
    'an action without its end',
    'up{a="{{ range . }}"}',
    /query template: line 1, column 10: \{\{range\}\} has no \{\{end\}\}/,
  ],
  [
    'an unknown variable',
    '{{ variables.colour }}',
    /query template: line 1, column 4: map has no entry for key colour/,
  ],
])('a MetricTemplate with %s', async (_name, query, message) => {
  const world = new DeliveryWorld();
  await world.client.create(RESOURCES.metricTemplates, {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'MetricTemplate',
    metadata: { name: 'errors', namespace: NAMESPACE },
    spec: { provider: { type: 'prometheus', address: 'http://prometheus:9090' }, query },
  } as never);
  const metrics = [
    { name: 'errors', interval: '1m', thresholdRange: { max: 1 }, templateRef: { name: 'errors' } },
  ];
  await world.create({}, { metrics });
  world.start();
  await obstructed(world, 'MetricTemplateInvalid', message);
});

test('a MetricTemplate is rendered with the functions and variables of Flagger', async () => {
  const world = new DeliveryWorld();
  const query =
    'up{a="{{ namespace }}/{{ target }}/{{ service }}",b="{{ variables.colour }}"}[{{ interval }}]';
  await world.client.create(RESOURCES.metricTemplates, {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'MetricTemplate',
    metadata: { name: 'up', namespace: NAMESPACE },
    spec: { provider: { type: 'prometheus', address: 'http://prometheus:9090' }, query },
  } as never);
  world.metric = () => 1;
  const metric = {
    name: 'up',
    interval: '1m',
    thresholdRange: { min: 1 },
    templateRef: { name: 'up' },
  };
  await world.create({}, { metrics: [{ ...metric, templateVariables: { colour: 'red' } }] });
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.queries[0]).toBe('up{a="shop/podinfo/podinfo",b="red"}[1m]');
});

test('a metric server that does not answer is told, and analysis waits for it', async () => {
  const world = new DeliveryWorld();
  world.metric = () => 'error';
  world.probe = 'error';
  await world.create();
  world.start();
  await world.until('Initialized');
  expect(world.condition('Ready')).toMatchObject({ reason: 'MetricServerUnavailable' });
  world.probe = 1;
  await world.untilTrue(
    () => world.condition('Ready') === undefined,
    'the condition is taken back',
  );
});

test.each<[string, Partial<CanarySpec>, string, RegExp]>([
  [
    'provider',
    { provider: 'istioo' },
    'ProviderUnknown',
    /provider istioo is not known; known: gatewayapi:v1/,
  ],
  [
    'kind of target',
    { targetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: NAME } },
    'TargetKindUnknown',
    /StatefulSet \(apps\/v1\) is not supported; known: DaemonSet \(apps\), Deployment/,
  ],
  [
    'type of hook',
    {
      analysis: { stepWeight: 10, webhooks: [{ name: 'h', url: 'http://h', type: 'x' as never }] },
    },
    'Unsupported',
    /webhook h is not known; known: confirm-promotion, /,
  ],
])('an unknown %s is an error that lists the known ones', async (_name, spec, reason, message) => {
  const world = new DeliveryWorld();
  await world.create(spec);
  world.start();
  await obstructed(world, reason, message);
  expect(world.primary()).toBeUndefined();
  expect(world.target().spec.replicas).toBe(2);
});

test('an unknown metric name is an error that lists the known ones', async () => {
  const world = await startedWorld(
    {},
    { metrics: [{ name: 'request-sucess-rate', thresholdRange: { min: 99 } }] },
  );
  expect(world.condition('Ready')?.message).toMatch(
    /request-sucess-rate is not builtin \(request-success-rate, request-duration\)/,
  );
});

test('denied access is a condition; a server that fails is tried again', async () => {
  const world = new DeliveryWorld();
  let reason: 'Forbidden' | 'ServerError' | undefined = 'Forbidden';
  world.client.intercept = (verb, type) => {
    if (reason !== undefined && verb === 'create' && type.plural === 'httproutes')
      throw new ClusterError(reason, 'no');
  };
  await world.create();
  world.start();
  await obstructed(world, 'AccessDenied', /route podinfo.shop: the API server denied access/);
  reason = 'ServerError';
  await world.clock.advance(60_000);
  reason = undefined;
  await world.until('Initialized');
});

test('a lost primary is made again from the promoted template and from no other', async () => {
  const world = await startedWorld();
  await world.deletePrimary();
  await world.untilTrue(() => world.primary() !== undefined, 'the primary is back');
  world.metric = () => 0;
  await world.clock.advance(10_000);
  await world.release('podinfo:2');
  await world.until('Failed');
  await world.deletePrimary();
  await obstructed(world, 'PrimaryMissing', /podinfo-primary.shop not found/);
  await world.release('podinfo:1');
  await world.untilTrue(() => world.primaryImage() === 'podinfo:1', 'the primary is back');
});

test('conflicting writes are repeated on what is there now', async () => {
  const world = await startedWorld();
  let conflicts = 0;
  world.client.intercept = (verb, type) => {
    if (verb === 'replaceStatus' && type.plural === 'canaries' && conflicts++ % 2 === 0) {
      throw new ClusterError('Conflict', 'modified', { status: 409 });
    }
  };
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
});
