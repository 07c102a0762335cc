import { EXECUTOR_ANNOTATION, FLAGGER } from '../delivery/executor-choice.ts';
import { isOwnRevision } from '../delivery/revision.ts';
import { JsonDouble, isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { equalJson } from '../policy/json-patch.ts';

/** The member at a path; undefined when anything on the way is missing. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let node: Json | undefined = value;
  for (const key of path) {
    if (!isJsonObject(node) || !Object.hasOwn(node, key)) return undefined;
    node = node[key];
  }
  return node;
}

/** The text at a path; '' when there is none. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The items of the list at a path; none when it is no list. */
export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return isJsonArray(found) ? found : [];
}

/** The number at a path, as a number of the language; undefined when it is none. */
export function numberAt(value: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  if (typeof found === 'number' || typeof found === 'bigint') return Number(found);
  return found instanceof JsonDouble ? found.value : undefined;
}

/** A copy of an object without some members; any other value as it is. */
export function without(value: Json | undefined, ...keys: readonly string[]): Json {
  if (!isJsonObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** Whether two values that may be absent are the same JSON; nothing and an empty object are not. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  return equalJson(a, b);
}

/** Whether Sluice runs this Canary: the digests in its status are ours, and it is not marked as Flagger's. */
export function isOfSluice(canary: Json): boolean {
  const isOurs = isOwnRevision(textAt(canary, 'status', 'lastAppliedSpec'));
  return isOurs && textAt(canary, 'metadata', 'annotations', EXECUTOR_ANNOTATION) !== FLAGGER;
}

/** A Canary that owns an object, as the object's `ownerReferences` name it. */
export interface CanaryOwner {
  readonly name: string;
  readonly uid: string;
}

/** The Canaries of `flagger.app` that own an object. */
export function canaryOwners(object: Json): readonly CanaryOwner[] {
  return listAt(object, 'metadata', 'ownerReferences')
    .filter(
      (owner) =>
        textAt(owner, 'kind') === 'Canary' &&
        textAt(owner, 'apiVersion').startsWith('flagger.app/'),
    )
    .map((owner) => ({ name: textAt(owner, 'name'), uid: textAt(owner, 'uid') }));
}

/** Whether the same Canaries own both, with the same say over deletion. */
export function sameCanaryOwners(object: Json, oldObject: Json): boolean {
  const references = (value: Json): Json =>
    listAt(value, 'metadata', 'ownerReferences').filter(
      (owner) => textAt(owner, 'kind') === 'Canary',
    );
  return same(references(object), references(oldObject));
}
