import type { JsonPatchOperation, UserInfo } from '../domain/decision.ts';
import { isJsonArray, isJsonObject, parseLosslessJson, type Json } from '../lib/lossless-json.ts';
import { equalJson } from '../policy/json-patch.ts';
import type { Review } from './review-codec.ts';

/** Carries who changed a Deployment's pod template: JSON `{username, uid, groups}`. */
export const CHANGED_BY = 'sluice.dev/changed-by';
const POINTER = '/metadata/annotations/sluice.dev~1changed-by';

/**
 * The value that the annotation must have after this write: the requester's when the pod template is new, what it was
 * before when it is not. undefined: the annotation must be absent.
 */
function expectedStamp({ request, object, oldObject }: Review): string | undefined {
  return changesTemplate(object, oldObject) ? stampOf(request.userInfo) : stampIn(oldObject);
}

/** The annotation's text for a user. */
export function stampOf({ username = '', uid = '', groups = [] }: UserInfo): string {
  return JSON.stringify({ username, uid, groups });
}

/** Whether this write must carry the right stamp. */
export function carriesStamp({ request, object }: Review): boolean {
  return (
    request.resource.group === 'apps' &&
    request.resource.resource === 'deployments' &&
    (request.subResource ?? '') === '' &&
    (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
    isJsonObject(object)
  );
}

/**
 * The patch that puts the right stamp on a Deployment, whatever was submitted; empty when it is there already, so that
 * it can be applied again.
 */
export function stampPatch(review: Review): readonly JsonPatchOperation[] {
  const expected = expectedStamp(review);
  const actual = stampIn(review.object);
  if (expected === actual) return [];
  if (expected === undefined) return [{ op: 'remove', path: POINTER }];
  const metadata = member(review.object, 'metadata');
  if (!isJsonObject(metadata)) {
    return [{ op: 'add', path: '/metadata', value: { annotations: { [CHANGED_BY]: expected } } }];
  }
  if (!isJsonObject(metadata['annotations'])) {
    return [{ op: 'add', path: '/metadata/annotations', value: { [CHANGED_BY]: expected } }];
  }
  return [{ op: 'add', path: POINTER, value: expected }];
}

/** What is wrong with the stamp as submitted; undefined when it says who asks. */
export function stampProblem(review: Review): string | undefined {
  const expected = expectedStamp(review);
  const actual = stampIn(review.object);
  if (sameStamp(expected, actual)) return undefined;
  return `metadata.annotations[${CHANGED_BY}]: is written by Sluice and names who changed the pod template; leave it out`;
}

/** Two replicas of different versions may write the same identity differently. */
function sameStamp(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  const [left, right] = [identityIn(a), identityIn(b)];
  return left !== undefined && right !== undefined && equalJson(left, right);
}

function identityIn(stamp: string | undefined): Json | undefined {
  if (stamp === undefined) return undefined;
  try {
    const value = parseLosslessJson(stamp);
    if (!isJsonObject(value)) return undefined;
    const { username = '', uid = '', groups = [] } = value;
    return isJsonArray(groups) ? { username, uid, groups } : undefined;
  } catch {
    return undefined;
  }
}

function changesTemplate(object: Json, oldObject: Json): boolean {
  return (
    oldObject === null ||
    !equalJson(
      member(member(object, 'spec'), 'template'),
      member(member(oldObject, 'spec'), 'template'),
    )
  );
}

function stampIn(object: Json): string | undefined {
  const annotations = member(member(object, 'metadata'), 'annotations');
  const value = member(annotations, CHANGED_BY);
  return typeof value === 'string' ? value : undefined;
}

function member(value: Json | undefined, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
