import { expect, test } from 'vitest';
import { workload } from '../../../src/delivery/workload/deployment.ts';
import {
  firstIdOf,
  primaryRevision,
  promotionOf,
  rolloutIdOf,
  type IdentitySources,
} from '../../../src/delivery/primary-identity.ts';
import { revisionOf } from '../../../src/delivery/revision.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutRunStatus } from '../../../src/domain/run.ts';
import { canaryOf, NEW_REVISION, OLD_REVISION, runOf } from '../../support/plan-fixture.ts';

const SELECTOR = { key: 'app', value: 'app' };
const zero = { phase: 'Succeeded', failedChecks: 0, canaryWeight: 0, iterations: 0 } as const;

function primaryOf(id: string | undefined, image = 'app:1'): KubeObject {
  const annotations = { scrape: 'true', ...(id === undefined ? {} : { 'flagger-id': id }) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app-primary', namespace: 'shop' },
    spec: {
      template: {
        metadata: { labels: { app: 'app-primary' }, annotations },
        spec: {
          containers: [
            { name: 'app', image, envFrom: [{ configMapRef: { name: 'conf-primary' } }] },
          ],
          topologySpreadConstraints: [{ labelSelector: { matchLabels: { app: 'app-primary' } } }],
        },
      },
    },
  } as KubeObject;
}

const revision = (
  primary: KubeObject,
  sources: Partial<IdentitySources> = {},
): string | undefined =>
  primaryRevision(primary, {
    canary: canaryOf(),
    status: { ...zero, lastPromotedSpec: OLD_REVISION },
    runs: [],
    targetRevision: NEW_REVISION,
    workload,
    selector: SELECTOR,
    samePods: false,
    configs: {},
    sameConfigs: true,
    ...sources,
  });

const promoting = (status: Partial<RolloutRunStatus> = {}): ReturnType<typeof runOf> =>
  runOf({ phase: 'Promoting', promotes: promotionOf(runOf(), undefined), ...status });

test('an id looks like the random one of Flagger and is the same for the same seed', () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(rolloutIdOf('a')).toMatch(form);
  expect(rolloutIdOf('a')).toBe(rolloutIdOf('a'));
  expect(rolloutIdOf('a')).not.toBe(rolloutIdOf('b'));
});

test('a promotion that was written and not recorded shows itself, also when the target has moved on', () => {
  const run = promoting();
  const written = primaryOf(run.status?.promotes?.id, 'app:2');
  expect(revision(written, { runs: [run], targetRevision: 'sluice.v1:third' })).toBe(NEW_REVISION);
});

test('a promotion that was meant and not written has not happened', () => {
  expect(revision(primaryOf('earlier'), { runs: [promoting()] })).toBe(OLD_REVISION);
});

test('a failed promotion stays what the primary has while later runs come and go', () => {
  const failed = promoting({ phase: 'Failed' });
  const later = { ...runOf({ phase: 'Progressing' }), metadata: { name: 'app-2', uid: 'later' } };
  const written = primaryOf(failed.status?.promotes?.id, 'app:2');
  expect(revision(written, { runs: [failed, later] })).toBe(NEW_REVISION);
});

test('what somebody edits in a primary does not change what was promoted into it', () => {
  expect(revision(primaryOf('anything', 'evil'))).toBe(OLD_REVISION);
  // Nor when it comes to look like the target: that would be a promotion without checks.
  expect(revision(primaryOf('anything', 'app:2'), { samePods: true })).toBe(OLD_REVISION);
});

test('a primary that Flagger made is what the target is, when their pods are the same', () => {
  const status = { ...zero, lastPromotedSpec: '5498f4fcd6' };
  expect(revision(primaryOf('random'), { status, samePods: true })).toBe(NEW_REVISION);
  expect(revision(primaryOf('random'), { status, samePods: true, sameConfigs: false })).toBe(
    undefined,
  );
  expect(revision(primaryOf('random'), { status })).toBeUndefined();
});

test('while a Canary begins, the baseline is what serves and not what the target has become', () => {
  const status = { ...zero, phase: 'Initializing' } as const;
  const original = {
    metadata: { labels: { app: 'app' }, annotations: { scrape: 'true' } },
    spec: {
      containers: [{ name: 'app', image: 'app:1', envFrom: [{ configMapRef: { name: 'conf' } }] }],
      topologySpreadConstraints: [{ labelSelector: { matchLabels: { app: 'app' } } }],
    },
  };
  expect(revision(primaryOf('other'), { status })).toBe(revisionOf(original));
  // What a webhook changed of our own is ours all the same.
  const first = primaryOf(firstIdOf(canaryOf(), NEW_REVISION), 'mirror/app:2');
  expect(revision(first, { status })).toBe(NEW_REVISION);
});
