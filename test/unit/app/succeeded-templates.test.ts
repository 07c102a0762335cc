import { describe, expect, it } from 'vitest';
import { keepPrimary, succeededTemplates } from '../../../src/app/succeeded-templates.ts';
import type { ObjectCache } from '../../../src/domain/client.ts';
import type { KubeObject } from '../../../src/domain/object.ts';

const TARGET_TEMPLATE = {
  metadata: { labels: { app: 'checkout', tier: 'web' } },
  spec: {
    containers: [
      { name: 'checkout-primary', image: 'a:1', envFrom: [{ configMapRef: { name: 'c' } }] },
    ],
    volumes: [{ name: 'v-primary', secret: { secretName: 's' } }],
    topologySpreadConstraints: [{ labelSelector: { matchLabels: { app: 'checkout' } } }],
  },
};

function deployment(name: string, template: unknown, owned = true): KubeObject {
  const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'checkout', uid: '1' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', ...(owned ? { ownerReferences: [owner] } : {}) },
    spec: { selector: { matchLabels: { app: name } }, template },
  } as KubeObject;
}

function cacheOf(...objects: KubeObject[]): ObjectCache<KubeObject> {
  return {
    synced: true,
    get: ({ name, namespace }) =>
      objects.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
    list: () => objects,
    ageMs: () => 0,
    subscribe: () => () => undefined,
  };
}

function primaryTemplate(configSuffix: string): unknown {
  const copy = structuredClone(TARGET_TEMPLATE);
  copy.metadata.labels.app = 'checkout-primary';
  for (const { labelSelector } of copy.spec.topologySpreadConstraints) {
    labelSelector.matchLabels.app = 'checkout-primary';
  }
  for (const { envFrom } of copy.spec.containers) {
    for (const { configMapRef } of envFrom) configMapRef.name += configSuffix;
  }
  for (const { secret } of copy.spec.volumes) secret.secretName += configSuffix;
  return copy;
}

describe('templates that a Deployment may go back to', () => {
  it.each([
    ['made by Sluice', ''],
    ['made by Flagger, with copies of its configuration', '-primary'],
  ])('contain what the target had, from a primary %s', (_name, suffix) => {
    const cache = cacheOf(deployment('checkout-primary', primaryTemplate(suffix)));
    expect(succeededTemplates(cache, 'shop', 'checkout')).toContainEqual(TARGET_TEMPLATE);
  });

  it('are not known without a primary, or when nobody’s Canary owns it', () => {
    expect(succeededTemplates(cacheOf(), 'shop', 'checkout')).toBeUndefined();
    const foreign = deployment('checkout-primary', primaryTemplate(''), false);
    expect(succeededTemplates(cacheOf(foreign), 'shop', 'checkout')).toBeUndefined();
  });
});

it('of a Deployment that is no primary only the name is kept', () => {
  const other = deployment('checkout', TARGET_TEMPLATE);
  expect(keepPrimary(other)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'shop' },
  });
  const primary = deployment('checkout-primary', primaryTemplate(''));
  expect(keepPrimary(primary)).toBe(primary);
});
