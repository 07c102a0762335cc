import type { ObjectWrite } from '../../../src/delivery/object-write.ts';
import type { PrimaryContext } from '../../../src/delivery/workload/types.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

/** What a kind of target needs to be tried out. */
export interface WorkloadFixture {
  /** A target of its kind, with `APPLIED_SECRET` among its annotations; new each time. */
  readonly target: () => KubeObject;
}

/** Stands in what somebody applied the target with. */
export const APPLIED_SECRET = 'contract-secret-of-the-target';

export const APPLIED: Readonly<Record<string, string>> = {
  'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ token: APPLIED_SECRET }),
};

export const SELECTOR = { key: 'app', value: 'app' };
export const NOW = Date.UTC(2026, 0, 1, 12);

export interface TestWorkload extends KubeObject {
  spec: Record<string, unknown> & {
    replicas?: number;
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: Record<string, unknown>;
    };
  };
  status?: Record<string, unknown>;
}

/** A target with pods, three of them where it says how many. */
export function targetOf(
  spec: Record<string, unknown> = {},
  status: Record<string, unknown> = {},
): TestWorkload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'app',
      namespace: 'shop',
      uid: 'target-uid',
      generation: 2,
      labels: { team: 'a', 'toolkit.fluxcd.io/name': 'x' },
      annotations: {
        note: 'n',
        'kustomize.toolkit.fluxcd.io/checksum': 'c',
        ...APPLIED,
        'sluice.dev/changed-by': '{}',
      },
    },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 5,
      selector: { matchLabels: { app: 'app' } },
      template: {
        metadata: { labels: { app: 'app', tier: 'web' }, annotations: { scrape: 'true' } },
        spec: { containers: [{ name: 'app', image: 'app:2' }] },
      },
      ...spec,
    },
    status: { observedGeneration: 2, ...status },
  };
}

/** What a primary is made with. */
export function contextOf(): PrimaryContext {
  return {
    canary: canaryOf(),
    selector: SELECTOR,
    includeLabelPrefix: [],
    configs: new Set(),
    rolloutId: 'rollout-1',
  };
}

/** The object that the writes leave. */
export function written(writes: readonly ObjectWrite[]): TestWorkload {
  const write = writes.at(-1);
  if (write === undefined || !('object' in write)) throw new Error('nothing was written');
  return write.object as TestWorkload;
}
