import { expect, test } from 'vitest';
import type { CanaryStatus } from '../../../src/domain/canary.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { revisionOf } from '../../../src/delivery/revision.ts';
import { takeoverEvidence, type EvidenceSources } from '../../../src/delivery/takeover-evidence.ts';
import { workload } from '../../../src/delivery/workload/deployment.ts';

const FAILED_AT = '2026-01-01T10:00:00Z';
const BEFORE = '2026-01-01T09:00:00Z';
const AFTER = '2026-01-01T11:00:00Z';

const REVISION = 'deployment.kubernetes.io/revision';

function deployment(name: string, image: string, writtenAt?: string): KubeObject {
  const managed =
    writtenAt === undefined
      ? []
      : [{ manager: 'kubectl', time: writtenAt, fieldsV1: { 'f:spec': { 'f:template': {} } } }];
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'app', image }] },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      generation: 3,
      annotations: { [REVISION]: '2' },
      managedFields: managed,
    } as KubeObject['metadata'],
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template },
    status: { observedGeneration: 3 },
  } as KubeObject;
}

function replicaSet(
  createdAt: string,
  annotations: Record<string, string> = { [REVISION]: '2' },
): KubeObject {
  const metadata = { name: 'rs', creationTimestamp: createdAt, annotations };
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata };
}

const status: CanaryStatus = {
  phase: 'Failed',
  failedChecks: 0,
  canaryWeight: 0,
  iterations: 0,
  lastAppliedSpec: '5d8c7f',
  lastPromotedSpec: '4d8c7f',
  // Flagger moves it with each write of a failed Canary.
  lastTransitionTime: AFTER,
  conditions: [
    { type: 'Promoted', status: 'False', reason: 'Failed', message: '', lastUpdateTime: FAILED_AT },
  ],
};

function evidence(sources: Partial<EvidenceSources> = {}): ReturnType<typeof takeoverEvidence> {
  return takeoverEvidence({
    status,
    target: { object: deployment('app', 'app:2', BEFORE), revision: 'sluice.v1:2' },
    primary: deployment('app-primary', 'app:1'),
    workload,
    selector: { key: 'app', value: 'app' },
    equal: false,
    tracked: undefined,
    primaryConfigs: {},
    kept: [],
    ...sources,
  });
}

test('the baseline is the digest that the target would have with what the primary runs', () => {
  const original = workload.template(deployment('app', 'app:1'));
  expect(evidence().baseline).toBe(revisionOf(original));
});

test('the baseline is never the digest of a target that differs', () => {
  const original = revisionOf(workload.template(deployment('app', 'app:1')));
  const target = { object: deployment('app', 'app:1'), revision: original };
  const { baseline } = evidence({ target });
  expect(baseline).not.toBe(original);
  expect(baseline).toMatch(/^sluice\.v1:[0-9a-f]{64}$/);
});

test('an equal target is its own baseline', () => {
  expect(evidence({ equal: true }).baseline).toBe('sluice.v1:2');
});

const written = (at?: string): EvidenceSources['target'] => ({
  object: deployment('app', 'app:2', at),
  revision: 'sluice.v1:2',
});
const unobserved = deployment('app', 'app:2', AFTER) as KubeObject & { status: object };
unobserved.status = { observedGeneration: 2 };
const HISTORY = { [REVISION]: '2', 'deployment.kubernetes.io/revision-history': '1' };

test.each<[string, Partial<EvidenceSources>, string]>([
  ['nobody has written the template since', { target: written(BEFORE) }, 'unchanged'],
  ['a ReplicaSet is younger', { target: written(AFTER), kept: [replicaSet(AFTER)] }, 'changed'],
  [
    'its owner has written something, and the ReplicaSet is the same',
    { target: written(AFTER), kept: [replicaSet(BEFORE)] },
    'unchanged',
  ],
  [
    'an earlier template may have come back',
    { target: written(AFTER), kept: [replicaSet(BEFORE, HISTORY)] },
    'unknown',
  ],
  [
    'the Deployment controller has not seen it yet',
    { target: { ...written(), object: unobserved }, kept: [replicaSet(BEFORE)] },
    'unknown',
  ],
  ['nobody is known to have written it', { target: written(), kept: [] }, 'unknown'],
  ['it was written in the very second', { target: written(FAILED_AT) }, 'unknown'],
  [
    'nothing says when it failed',
    { status: { ...status, conditions: [], lastTransitionTime: '' } },
    'unknown',
  ],
  [
    'its configuration has changed',
    {
      status: { ...status, trackedConfigs: { 'configmap/a': '1' } },
      tracked: { 'configmap/a': '2' },
    },
    'changed',
  ],
])('after a failure: %s', (_what, sources, expected) => {
  expect(evidence(sources).sinceFailure).toBe(expected);
});
