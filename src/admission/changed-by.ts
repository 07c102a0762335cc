import type { JsonPatchOperation, UserInfo } from '../domain/decision.ts';
import { isJsonArray, isJsonObject, parseLosslessJson, type Json } from '../lib/lossless-json.ts';
import { equalJson } from '../policy/json-patch.ts';
import type { Review } from './review-codec.ts';

/** Carries who changed a Deployment's pod template, or the spec of one of our kinds: JSON `{username, uid, groups}`. */
export const CHANGED_BY = 'sluice.dev/changed-by';
const POINTER = '/metadata/annotations/sluice.dev~1changed-by';

/** Our own kinds that say by the annotation who changed their spec. */
const ANNOTATED_KINDS: readonly string[] = [
  'rolloutpolicies',
  'rolloutpolicybindings',
  'changewindows',
  'rolloutbudgets',
];

/**
 * The value that the annotation must have after this write: the requester's when the pod template, or the spec, is new,
 * what it was before when it is not. undefined: the annotation must be absent.
 */
function expectedStamp({ request, object, oldObject }: Review): string | undefined {
  const part = request.resource.group === 'apps' ? templateOf : specOf;
  const isNew = oldObject === null || !equalJson(part(object), part(oldObject));
  return isNew ? stampOf(request.userInfo) : stampIn(oldObject);
}

/** The annotation's text for a user. */
export function stampOf({ username = '', uid = '', groups = [] }: UserInfo): string {
  return JSON.stringify({ username, uid, groups });
}

/** Whether objects of this resource carry the annotation. */
export function isAnnotated({ group, resource }: Review['request']['resource']): boolean {
  return group === 'apps'
    ? resource === 'deployments'
    : group === 'sluice.dev' && ANNOTATED_KINDS.includes(resource);
}

/**
 * The patch that puts the right annotation on an object, whatever was submitted; empty when it is there already, so that
 * it can be applied again.
 */
export function annotationPatch(review: Review): readonly JsonPatchOperation[] {
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

/** What is wrong with the annotation as submitted; undefined when it says who asks. */
export function annotationProblem(review: Review): string | undefined {
  const expected = expectedStamp(review);
  const actual = stampIn(review.object);
  if (sameStamp(expected, actual)) return undefined;
  const what = review.request.resource.group === 'apps' ? 'the pod template' : 'the spec';
  return `metadata.annotations[${CHANGED_BY}]: is written by Sluice and names who changed ${what}; leave it out`;
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

function specOf(object: Json): Json | undefined {
  return member(object, 'spec');
}

function templateOf(object: Json): Json | undefined {
  return member(specOf(object), 'template');
}

function stampIn(object: Json): string | undefined {
  const annotations = member(member(object, 'metadata'), 'annotations');
  const value = member(annotations, CHANGED_BY);
  return typeof value === 'string' ? value : undefined;
}

function member(value: Json | undefined, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
