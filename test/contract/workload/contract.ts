import { expect } from 'vitest';
import { WORKLOADS } from '../../../src/delivery/workload/index.ts';
import type { Workload } from '../../../src/delivery/workload/types.ts';
import type { Contract, ContractCase } from '../frame/contract.ts';
import {
  APPLIED_SECRET,
  contextOf,
  SELECTOR,
  targetOf,
  written,
  type TestWorkload,
  type WorkloadFixture,
} from './fixture.ts';
import { WORKLOAD_MUTANTS } from './mutants.ts';

const hasPods = ({ capabilities }: Workload): boolean => capabilities.pods;

/** Of targets whose pods a label selects. */
const WITH_PODS: readonly ContractCase<Workload, WorkloadFixture>[] = [
  {
    name: 'a primary has the same pods under its own label, owned by the Canary',
    appliesTo: hasPods,
    run: (workload) => {
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
    },
  },

  {
    name: 'marks of tools about the target are not copied',
    appliesTo: hasPods,
    run: (workload) => {
      const target = targetOf();
      const primary = written(workload.createPrimary(target, contextOf()));
      expect(primary.metadata.annotations).toEqual({ note: 'n' });
      expect(primary.metadata.labels).toEqual({ app: 'app-primary' });
    },
  },

  {
    name: 'labels with a configured prefix are copied, Flux’s own never',
    appliesTo: hasPods,
    run: (workload) => {
      const target = targetOf();
      const context = { ...contextOf(), includeLabelPrefix: ['*'] };
      expect(written(workload.createPrimary(target, context)).metadata.labels).toEqual({
        app: 'app-primary',
        team: 'a',
      });
    },
  },

  {
    name: 'a target at zero still gets a primary that serves',
    appliesTo: hasPods,
    run: (workload) => {
      const target = targetOf({ replicas: 0 });
      const primary = written(workload.createPrimary(target, contextOf()));
      expect(workload.replicas(primary)).toBe(1);
    },
  },

  {
    name: 'a promotion takes the pods and keeps what is the primary’s own',
    appliesTo: hasPods,
    run: (workload) => {
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
    },
  },

  {
    name: 'copies of ConfigMaps and Secrets that Flagger made count as the same pods',
    appliesTo: hasPods,
    run: (workload) => {
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
    },
  },

  {
    name: 'the selector label is the first candidate that the target uses',
    appliesTo: hasPods,
    run: (workload) => {
      const target = targetOf({ selector: { matchLabels: { name: 'n', app: 'a' } } });
      expect(workload.selector(target, ['app', 'name'])).toEqual({ key: 'app', value: 'a' });
      expect(workload.selector(target, ['other', 'name'])).toEqual({ key: 'name', value: 'n' });
      expect(workload.selector(target, ['other'])).toBeUndefined();
    },
  },
];

/** What every kind of target must keep. */
export const workloadContract: Contract<Workload, WorkloadFixture> = {
  of: 'workload',
  exported: 'workload',
  index: WORKLOADS,
  cases: [
    {
      name: 'what was applied to the target is not repeated in what is written for its primary',
      run: (workload, { target }) => {
        const writes = workload.createPrimary(target(), contextOf());
        expect(writes).not.toEqual([]);
        expect(JSON.stringify(writes)).not.toContain(APPLIED_SECRET);
      },
    },
    {
      name: 'what it is given stays as it is',
      run: (workload, { target }) => {
        const given = target();
        workload.createPrimary(given, contextOf());
        workload.scale(given, 0);
        expect(given).toEqual(target());
      },
    },
    ...WITH_PODS,
  ],
  mutants: WORKLOAD_MUTANTS,
};
