import { describe, expect, test } from 'vitest';
import type { Workload } from '../../../src/delivery/workload/types.ts';
import { WORKLOADS } from '../../../src/delivery/workload/index.ts';
import { contextOf, SELECTOR, targetOf, written, type TestWorkload } from './fixture.ts';

const workloads: readonly Workload[] = WORKLOADS;

const withPods = workloads.filter(({ capabilities }) => capabilities.pods);

describe.each(withPods)('workload $kind', (workload) => {
  test('a primary has the same pods under its own label, owned by the Canary', () => {
    const target = targetOf();
    const primary = written(workload.createPrimary(target, contextOf()));
    expect(primary.metadata).toMatchObject({
      name: 'app-primary',
      namespace: 'shop',
      ownerReferences: [{ kind: 'Canary', controller: true }],
    });
    expect(primary.spec['selector']).toEqual({ matchLabels: { app: 'app-primary' } });
    expect(primary.spec.template.metadata.labels).toEqual({ app: 'app-primary', tier: 'web' });
    expect(primary.spec.template.metadata.annotations).toEqual({
      scrape: 'true',
      'flagger-id': 'rollout-1',
    });
    expect(workload.samePods(primary, target, SELECTOR)).toBe(true);
  });

  test('marks of tools about the target are not copied', () => {
    const target = targetOf();
    const primary = written(workload.createPrimary(target, contextOf()));
    expect(primary.metadata.annotations).toEqual({ note: 'n' });
    expect(primary.metadata.labels).toEqual({ app: 'app-primary' });
  });

  test('labels with a configured prefix are copied, Flux’s own never', () => {
    const target = targetOf();
    const context = { ...contextOf(), includeLabelPrefix: ['*'] };
    expect(written(workload.createPrimary(target, context)).metadata.labels).toEqual({
      app: 'app-primary',
      team: 'a',
    });
  });

  test('a target at zero still gets a primary that serves', () => {
    const target = targetOf({ replicas: 0 });
    const primary = written(workload.createPrimary(target, contextOf()));
    expect(workload.replicas(primary)).toBe(1);
  });

  test('a promotion takes the pods and keeps what is the primary’s own', () => {
    const old = targetOf();
    const primary = { ...written(workload.createPrimary(old, contextOf())) };
    primary.metadata = {
      ...primary.metadata,
      resourceVersion: '7',
      annotations: { ...primary.metadata.annotations, mine: '1' },
    };
    const next = targetOf({
      template: {
        metadata: { labels: { app: 'app' } },
        spec: { containers: [{ name: 'app', image: 'app:3' }] },
      },
    });
    const context = { ...contextOf(), rolloutId: 'rollout-2' };
    const promoted = written(workload.promotePrimary(primary, next, context));
    expect(promoted.metadata).toMatchObject({
      resourceVersion: '7',
      annotations: { note: 'n', mine: '1' },
    });
    expect(workload.identity(promoted)).toBe('rollout-2');
    expect(promoted.spec.template.spec['containers']).toEqual([{ name: 'app', image: 'app:3' }]);
    expect(promoted.spec.template.metadata.annotations).toEqual({ 'flagger-id': 'rollout-2' });
    expect(promoted.spec['selector']).toEqual({ matchLabels: { app: 'app-primary' } });
    expect(workload.samePods(primary, next, SELECTOR)).toBe(false);
    expect(workload.samePods(promoted, next, SELECTOR)).toBe(true);
  });

  test('copies of ConfigMaps and Secrets that Flagger made count as the same pods', () => {
    const env = (suffix: string): unknown => [
      { name: 'A', valueFrom: { configMapKeyRef: { name: `config${suffix}`, key: 'a' } } },
    ];
    const withEnv = (suffix: string): TestWorkload =>
      targetOf({
        template: {
          metadata: { labels: { app: 'app' } },
          spec: { containers: [{ name: 'app', image: 'app:2', env: env(suffix) }] },
        },
      });
    const primary = written(workload.createPrimary(withEnv('-primary'), contextOf()));
    expect(workload.samePods(primary, withEnv(''), SELECTOR)).toBe(true);
  });

  test('the selector label is the first candidate that the target uses', () => {
    const target = targetOf({ selector: { matchLabels: { name: 'n', app: 'a' } } });
    expect(workload.selector(target, ['app', 'name'])).toEqual({ key: 'app', value: 'a' });
    expect(workload.selector(target, ['other', 'name'])).toEqual({ key: 'name', value: 'n' });
    expect(workload.selector(target, ['other'])).toBeUndefined();
  });
});
