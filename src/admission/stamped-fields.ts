import type { JsonPatchOperation, UserInfo } from '../domain/decision.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { equalJson } from '../policy/json-patch.ts';
import type { Review } from './review-codec.ts';

/** Field of `spec` that says who wrote the object, by resource of our group. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['approvals', 'approver'],
  ['policyexceptions', 'requestedBy'],
]);

/** The stamped field of a resource's spec; undefined when it has none. */
export function stampedField({
  group,
  resource,
}: Review['request']['resource']): string | undefined {
  return group === 'sluice.dev' ? FIELDS.get(resource) : undefined;
}

/** An identity as it stands in a stamped field. */
export function userStamp({ username = '', uid = '', groups = [] }: UserInfo): Json {
  return { username, uid, groups };
}

/** The patch that puts the right identity into the field, whatever was submitted; empty when it is there. */
export function fieldPatch(review: Review, field: string): readonly JsonPatchOperation[] {
  const spec = specOf(review.object);
  // Without a spec the schema refuses the object.
  if (!isJsonObject(spec)) return [];
  const expected = expectedUser(review, field);
  if (equalJson(spec[field], expected)) return [];
  const path = `/spec/${field}`;
  return expected === undefined ? [{ op: 'remove', path }] : [{ op: 'add', path, value: expected }];
}

/** What is wrong with the field as submitted; undefined when it says who asks. */
export function fieldProblem(review: Review, field: string): string | undefined {
  const spec = specOf(review.object);
  const actual = isJsonObject(spec) ? spec[field] : undefined;
  if (equalJson(actual, expectedUser(review, field))) return undefined;
  return `spec.${field}: is written by Sluice and names who asks; leave it out`;
}

/** Who asks when the object is made; later what it was then. */
function expectedUser({ request, oldObject }: Review, field: string): Json | undefined {
  if (oldObject === null) return userStamp(request.userInfo);
  const spec = specOf(oldObject);
  return isJsonObject(spec) ? spec[field] : undefined;
}

function specOf(object: Json): Json | undefined {
  return isJsonObject(object) ? object['spec'] : undefined;
}
