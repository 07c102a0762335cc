import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutPolicy } from '../../../src/domain/policy.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();

/** A definition of widgets whose spec has a keyed list and the given texts. */
function definition(...texts: readonly string[]): KubeObject {
  const text = { type: 'string' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: {
                    ...Object.fromEntries(texts.map((name) => [name, text])),
                    parts: {
                      type: 'array',
                      items: {
                        type: 'object',
                        required: ['name'],
                        properties: { name: text, colour: text },
                      },
                      'x-kubernetes-list-type': 'map',
                      'x-kubernetes-list-map-keys': ['name'],
                    },
                  },
                },
              },
            },
          },
        },
      ],
    },
  } as KubeObject;
}

const policy: RolloutPolicy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'paint' },
  spec: {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['example.com'],
          apiVersions: ['v1'],
          resources: ['widgets'],
          operations: ['CREATE', 'UPDATE'],
        },
      ],
    },
    mutations: [
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression:
            'Object{spec: Object.spec{parts: [Object.spec.parts{name: "lid", colour: "red"}]}}',
        },
      },
    ],
    validations: [{ expression: '!has(object.spec.size) || object.spec.size != "huge"' }],
  },
};
const binding = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'paint' },
  spec: { policyName: 'paint' },
};
const widget = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'box', namespace: 'default' },
  spec: { parts: [{ name: 'lid' }, { name: 'base', colour: 'blue' }] },
};

let clock: VirtualClock;
let cluster: AppCluster;
let app: App;

beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({
    clock,
    callWebhook: (target, body) => Promise.resolve(app.review(target.path, body)),
  });
  await cluster.client.create(RESOURCES.customResourceDefinitions, definition('colour'), {
    signal,
  });
  app = createApp(configOf({ roles: 'webhook,controller' }), {
    ...cluster.overrides,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  await app.start(signal);
  expect(await clock.runUntil(() => app.ready().ok, MINUTE)).toBe(true);
  await cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
  await cluster.client.create(RESOURCES.rolloutPolicyBindings, binding, { signal });
  await clock.advance(5000);
});
afterEach(async () => {
  const stopped = app.stop();
  await clock.advance(MINUTE);
  await stopped;
  await cluster.api.close();
});

async function review(): Promise<unknown> {
  const kind = { group: 'example.com', version: 'v1', kind: 'Widget' };
  const request = {
    uid: 'u',
    kind,
    resource: { group: 'example.com', version: 'v1', resource: 'widgets' },
    name: 'box',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'ada' },
    object: widget,
    dryRun: false,
  };
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request,
  });
  const answer = await app.review('/mutate/fail', body);
  return (JSON.parse(answer.body) as { response: unknown }).response;
}

const statusNow = async (): Promise<RolloutPolicy['status']> =>
  (
    await cluster.client.get<RolloutPolicy>(
      RESOURCES.rolloutPolicies,
      { name: 'paint' },
      { signal },
    )
  )?.status;

it('apply configurations are merged by the schema that the cluster has of a kind', async () => {
  const { allowed, patch } = (await review()) as { allowed: boolean; patch: string };
  expect(allowed).toBe(true);
  expect(JSON.parse(Buffer.from(patch, 'base64').toString())).toEqual([
    { op: 'add', path: '/spec/parts/0/colour', value: 'red' },
  ]);
});

it('the status of a policy says what does not fit the kind, until its schema changes', async () => {
  expect((await statusNow())?.typeChecking?.expressionWarnings).toEqual([
    {
      fieldRef: 'spec.validations[0].expression',
      warning: expect.stringMatching(
        /^example\.com\/v1, Kind=Widget: ERROR: <input>:1:5: undefined field 'size'\n/,
      ) as string,
    },
  ]);
  const stored = await cluster.client.get(
    RESOURCES.customResourceDefinitions,
    { name: 'widgets.example.com' },
    { signal },
  );
  await cluster.client.replace(
    RESOURCES.customResourceDefinitions,
    { ...definition('colour', 'size'), metadata: stored?.metadata ?? { name: '' } },
    { signal },
  );
  await clock.advance(MINUTE);
  expect((await statusNow())?.typeChecking?.expressionWarnings ?? []).toEqual([]);
});
