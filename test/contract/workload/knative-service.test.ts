import { expect, test } from 'vitest';
import { namesOf } from '../../../src/delivery/names.ts';
import { workload } from '../../../src/delivery/workload/knative-service.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { canaryOf } from '../../support/plan-fixture.ts';
import { contextOf, NOW } from './fixture.ts';

const names = namesOf(canaryOf());
const RULE = { percent: 100, deadlineSeconds: 60, now: NOW, since: NOW - 61_000 };
const UID = { op: 'test', path: '/metadata/uid', value: 'uid' };
const VERSION = { op: 'test', path: '/metadata/resourceVersion', value: '7' };
const ANNOTATION = '/metadata/annotations/flagger.app~1primary-revision';

function target(primary: string | undefined, newest = 'app-2', traffic?: unknown): KubeObject {
  const annotations = primary === undefined ? {} : { 'flagger.app/primary-revision': primary };
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'app', namespace: 'shop', uid: 'uid', resourceVersion: '7', annotations },
    spec: { template: {}, ...(traffic === undefined ? {} : { traffic }) },
    status: { latestCreatedRevisionName: newest },
  } as KubeObject;
}

function revision(name: string, status?: string): KubeObject {
  const conditions = status === undefined ? [] : [{ type: 'Ready', status }];
  const metadata = { name, namespace: 'shop' };
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata,
    status: { conditions },
  } as KubeObject;
}

test('the target says which revisions are primary and canary', () => {
  expect(workload.follow?.(target('app-1'), names)).toMatchObject({
    primary: { type: { kind: 'Revision' }, key: { namespace: 'shop', name: 'app-1' } },
    pods: { key: { name: 'app-2' } },
  });
  expect(workload.follow?.(target(undefined, ''), names)).toEqual({
    primary: undefined,
    pods: undefined,
  });
});

test('the newest revision becomes the primary and gets all traffic with the same write', () => {
  expect(workload.createPrimary(target(undefined), contextOf())).toMatchObject([
    {
      op: 'patch',
      body: [
        UID,
        VERSION,
        { op: 'add', path: ANNOTATION, value: 'app-2' },
        {
          op: 'add',
          path: '/spec/traffic',
          value: [
            { latestRevision: true, percent: 0 },
            { revisionName: 'app-2', percent: 100 },
          ],
        },
      ],
    },
  ]);
});

test('a promotion changes the annotation alone, and nothing when it is right', () => {
  const promote = (object: KubeObject): unknown =>
    workload.promotePrimary(revision('app-1'), object, contextOf());
  expect(promote(target('app-1'))).toMatchObject([
    {
      body: [
        UID,
        VERSION,
        { op: 'test', path: ANNOTATION, value: 'app-1' },
        { op: 'add', path: ANNOTATION, value: 'app-2' },
      ],
    },
  ]);
  expect(promote(target('app-2'))).toEqual([]);
});

test('its revision is the newest one’s name, and so is what a primary is recognised by', () => {
  expect(workload.template(target('app-1'))).toEqual(workload.template(revision('app-2')));
  expect(workload.identity(revision('app-2'))).toBe(workload.promotedIdentity?.(target('app-1')));
  expect(workload.samePods(revision('app-2'), target('app-1'), { key: '', value: '' })).toBe(true);
});

test.each([
  ['True', 'ready'],
  ['Unknown', 'progressing'],
  [undefined, 'progressing'],
  ['False', 'stuck'],
])('a revision whose Ready is %s is %s', (status, state) => {
  expect(workload.readiness(target('app-1'), RULE, revision('app-2', status)).state).toBe(state);
  expect(workload.readiness(revision('app-2', status), RULE).state).toBe(state);
});

test('a failed revision has until the deadline', () => {
  const early = { ...RULE, since: NOW - 59_000 };
  expect(workload.readiness(revision('app-2', 'False'), early)).toEqual({
    state: 'progressing',
    message: 'Knative Revision app-2.shop is not ready',
  });
});
