import { describe, expect, it } from 'vitest';
import { canariesUnderWay, canaryOfRun, createCanaryIndex } from '../../../src/app/canary-index.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import type { ObjectCache } from '../../../src/domain/client.ts';
import { keyOf, keyText, type KubeObject, type ObjectKey } from '../../../src/domain/object.ts';
import type { RolloutRun, RunPhase } from '../../../src/domain/run.ts';

/** A cache that is written by hand. */
class TestCache<T extends KubeObject> implements ObjectCache<T> {
  readonly synced = true;
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<(key: string) => void>();
  get(key: ObjectKey): T | undefined {
    return this.#objects.get(keyText(key));
  }
  list(): readonly T[] {
    return [...this.#objects.values()];
  }
  ageMs(): number {
    return 0;
  }
  subscribe(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  put(object: T): void {
    const key = keyText(keyOf(object));
    this.#objects.set(key, object);
    for (const listener of this.#listeners) listener(key);
  }
}

function canary(name: string, target: string, service?: string): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace: 'shop' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      service: { port: 80, ...(service === undefined ? {} : { name: service }) },
    },
  };
}

/** A Deployment whose pods are configured with one ConfigMap. */
function deployment(name: string, config: string): KubeObject {
  const envFrom = [{ configMapRef: { name: config } }];
  const template = { spec: { containers: [{ name: 'app', envFrom }] } };
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { template },
  };
  return object;
}

function run(name: string, subject: string, phase?: RunPhase): RolloutRun {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutRun',
    metadata: { name, namespace: 'shop' },
    spec: {
      subject: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: subject, uid: '1' },
    },
    ...(phase === undefined ? {} : { status: { phase } }),
  } as RolloutRun;
}

describe('the index', () => {
  const cache = new TestCache<Canary>();
  const deployments = new TestCache<KubeObject>();
  const index = createCanaryIndex(cache, new Map([['deployments.apps', deployments]]));

  it('finds Canaries by target and primary, by each Service, and by the route', () => {
    cache.put(canary('checkout', 'checkout-v2', 'apex'));
    for (const name of ['checkout-v2', 'checkout-v2-primary']) {
      expect(index.ofWorkload('deployments.apps', `shop/${name}`)).toEqual(['shop/checkout']);
    }
    for (const name of ['apex', 'apex-primary', 'apex-canary']) {
      expect(index.ofService(`shop/${name}`)).toEqual(['shop/checkout']);
    }
    expect(index.ofRoute('httproutes.gateway.networking.k8s.io', 'shop/apex')).toEqual([
      'shop/checkout',
    ]);
    expect(index.ofRoute('httproutes.gateway.networking.k8s.io', 'shop/apex-canary')).toEqual([]);
    expect(index.ofWorkload('deployments.apps', 'other/checkout-v2')).toEqual([]);
    expect(index.ofService('shop/checkout-v2')).toEqual([]);
  });

  it('follows changes, and knows two Canaries of one target', () => {
    cache.put(canary('second', 'checkout-v2'));
    expect(index.ofWorkload('deployments.apps', 'shop/checkout-v2')).toEqual([
      'shop/checkout',
      'shop/second',
    ]);
    cache.put(canary('checkout', 'moved', 'apex'));
    expect(index.ofWorkload('deployments.apps', 'shop/checkout-v2')).toEqual(['shop/second']);
    expect(index.ofWorkload('deployments.apps', 'shop/moved')).toEqual(['shop/checkout']);
    expect(index.ofWorkload('daemonsets.apps', 'shop/moved')).toEqual([]);
  });

  it('finds Canaries by what the pods of target and primary are configured with', () => {
    deployments.put(deployment('moved', 'settings'));
    deployments.put(deployment('moved-primary', 'settings-primary'));
    for (const name of ['settings', 'settings-primary']) {
      expect(index.ofConfig('ConfigMap', `shop/${name}`)).toEqual(['shop/checkout']);
      expect(index.ofConfig('Secret', `shop/${name}`)).toEqual([]);
      expect(index.ofConfig('ConfigMap', `other/${name}`)).toEqual([]);
    }
    deployments.put(deployment('moved', 'others'));
    expect(index.ofConfig('ConfigMap', 'shop/settings')).toEqual([]);
    expect(index.ofConfig('ConfigMap', 'shop/others')).toEqual(['shop/checkout']);
  });

  it('finds Canaries by their autoscalers', () => {
    const scaled = canary('scaled', 'scaled');
    const autoscalerRef = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      name: 'load',
    };
    cache.put({ ...scaled, spec: { ...scaled.spec, autoscalerRef } });
    for (const name of ['load', 'load-primary']) {
      const found = index.ofScaler('horizontalpodautoscalers.autoscaling', `shop/${name}`);
      expect(found).toEqual(['shop/scaled']);
      expect(index.ofScaler('scaledobjects.keda.sh', `shop/${name}`)).toEqual([]);
    }
  });
});

it('a run names its Canary, also one whose own name ends in a number', () => {
  expect(canaryOfRun('shop/checkout-12')).toBe('shop/checkout');
  expect(canaryOfRun('shop/app-2-3')).toBe('shop/app-2');
});

it('gates are asked again for runs that have not ended, once a Canary', () => {
  const runs = [
    run('a-1', 'a', 'Succeeded'),
    run('a-2', 'a', 'Held'),
    run('b-1', 'b', 'Failed'),
    run('c-1', 'c'),
    run('d-1', 'd', 'Progressing'),
    run('d-2', 'd', 'Pending'),
  ];
  expect([...canariesUnderWay(runs)]).toEqual(['shop/a', 'shop/c', 'shop/d']);
});
