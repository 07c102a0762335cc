import {
  GOOD_ANNOTATION,
  HELD_ANNOTATION,
  readGoodRevisions,
} from '../../domain/governed-deployment.ts';
import { keyOf, type KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { Json } from '../../lib/lossless-json.ts';
import type { ObjectWrite } from '../object-write.ts';

/** Good revisions that are noted; Kubernetes keeps ten ReplicaSets unless told otherwise. */
const MAX_GOOD = 5;

interface Deployment extends KubeObject {
  spec?: { paused?: boolean; template?: Json };
}

/** Pauses the Deployment and notes which revision waits. */
export function holdWrites(deployment: KubeObject, revision: string): readonly ObjectWrite[] {
  return patch(deployment, [
    ...annotate(deployment, HELD_ANNOTATION, revision),
    { op: 'add', path: '/spec/paused', value: true },
  ]);
}

/** Ends a pause of ours; one that others have made is theirs. */
export function releaseWrites(deployment: KubeObject): readonly ObjectWrite[] {
  return patch(deployment, unheld(deployment));
}

/** Gives back a template, and ends a pause of ours, so that it comes up. */
export function restoreWrites(deployment: KubeObject, template: Json): readonly ObjectWrite[] {
  return patch(deployment, [
    { op: 'replace', path: '/spec/template', value: template },
    ...unheld(deployment),
  ]);
}

/** Notes a revision as the newest that has run well. */
export function noteWrites(deployment: KubeObject, revision: string): readonly ObjectWrite[] {
  const before = readGoodRevisions(deployment.metadata.annotations?.[GOOD_ANNOTATION]);
  const good = [revision, ...before.filter((each) => each !== revision)].slice(0, MAX_GOOD);
  const value = good.join(',');
  if (deployment.metadata.annotations?.[GOOD_ANNOTATION] === value) return [];
  return patch(deployment, annotate(deployment, GOOD_ANNOTATION, value));
}

function unheld(deployment: Deployment): readonly unknown[] {
  if (deployment.metadata.annotations?.[HELD_ANNOTATION] === undefined) return [];
  return [
    { op: 'remove', path: pathOf(HELD_ANNOTATION) },
    ...(deployment.spec?.paused === true ? [{ op: 'remove', path: '/spec/paused' }] : []),
  ];
}

function annotate(deployment: KubeObject, key: string, value: string): readonly unknown[] {
  return deployment.metadata.annotations === undefined
    ? [{ op: 'add', path: '/metadata/annotations', value: { [key]: value } }]
    : [{ op: 'add', path: pathOf(key), value }];
}

function pathOf(annotation: string): string {
  return `/metadata/annotations/${annotation.replace('/', '~1')}`;
}

/** Guarded by the template that was observed: a newer one is decided about first. */
function patch(deployment: Deployment, operations: readonly unknown[]): readonly ObjectWrite[] {
  if (operations.length === 0) return [];
  const guards = [
    { op: 'test', path: '/metadata/uid', value: deployment.metadata.uid },
    // Not the resourceVersion: it moves with every pod that comes up.
    { op: 'test', path: '/spec/template', value: deployment.spec?.template },
  ];
  const key = keyOf(deployment);
  return [{ op: 'patch', type: RESOURCES.deployments, key, body: [...guards, ...operations] }];
}
