import { rfc3339 } from '../../domain/clock.ts';
import { badRequest, type Cause } from './api-error.ts';
import { fieldsOf, isFields, listOf, sameJson, type Fields } from './json.ts';
import type { ApiObject } from './resource.ts';

const KNOWN = new Set([
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]);

/**
 * Brings submitted metadata into the shape that everything else relies on: known fields, maps of strings, no nulls.
 * Changes the object.
 * @returns paths of unknown fields, which are dropped
 * @throws ApiError 400 when a field has the wrong type
 */
export function decodeMetadata(object: Fields): string[] {
  const metadata = object['metadata'];
  if (metadata !== undefined && metadata !== null && !isFields(metadata)) {
    throw unreadable('metadata', 'ObjectMeta');
  }
  const members: Fields = isFields(metadata) ? metadata : {};
  object['metadata'] = members;
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(members)) {
    if (!KNOWN.has(key)) unknown.push(`metadata.${key}`);
    const isDropped = !KNOWN.has(key) || value === null || key === 'selfLink';
    if (isDropped) Reflect.deleteProperty(members, key);
  }
  checkTypes(members);
  members['name'] ??= '';
  return unknown;
}

const TEXTS = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'];
const MAPS = ['labels', 'annotations'];
const LISTS = ['ownerReferences', 'finalizers'];
const OBJECT_LISTS = ['managedFields'];

function checkTypes(metadata: Fields): void {
  checkAll(metadata, TEXTS, { type: 'string', fits: (value) => typeof value === 'string' });
  checkAll(metadata, MAPS, { type: 'map[string]string', fits: isTextMap });
  checkAll(metadata, [...LISTS, ...OBJECT_LISTS], { type: 'list', fits: Array.isArray });
  for (const key of [...MAPS, ...LISTS]) {
    const value = metadata[key];
    const isEmpty = value !== undefined && Object.keys(value as object).length === 0;
    if (isEmpty) Reflect.deleteProperty(metadata, key);
  }
}

function checkAll(
  metadata: Fields,
  keys: readonly string[],
  { type, fits }: { type: string; fits: (value: unknown) => boolean },
): void {
  for (const key of keys) {
    if (metadata[key] !== undefined && !fits(metadata[key])) {
      throw unreadable(`metadata.${key}`, type);
    }
  }
}

function isTextMap(value: unknown): value is Record<string, string> {
  return isFields(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function unreadable(field: string, type: string): Error {
  return badRequest(`json: cannot unmarshal value into Go struct field ${field} of type ${type}`);
}

/** What only the server may set, set for a new object; whatever the writer put there is dropped. */
export function prepareNewMetadata(
  object: ApiObject,
  { now, uid, generation }: { now: number; uid: string; generation: number | undefined },
): void {
  const { metadata } = object;
  for (const key of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const) {
    Reflect.deleteProperty(metadata, key);
  }
  metadata.uid = uid;
  metadata.creationTimestamp = rfc3339(now);
  if (generation !== undefined) metadata.generation = generation;
}

const KEPT = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'generateName',
  'resourceVersion',
];

/** Gives a written object the metadata of the stored one that a writer cannot change. Changes the object. */
export function keepSystemMetadata(object: ApiObject, old: ApiObject): void {
  const metadata = object.metadata as unknown as Fields;
  const before = old.metadata as unknown as Fields;
  for (const key of KEPT) {
    if (before[key] === undefined) Reflect.deleteProperty(metadata, key);
    else metadata[key] = before[key];
  }
}

/** Problems of a change of metadata: an object that is being deleted takes no new finalizers. */
export function metadataChangeProblems(object: ApiObject, old: ApiObject): Cause[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const before = old.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((entry) => !before.includes(entry));
  if (added.length === 0) return [];
  const list = added.map((entry) => JSON.stringify(entry)).join(', ');
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [{ reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' }];
}

/** Whether two objects say the same but for their resourceVersion and the times of managed fields. */
export function sameObject(left: ApiObject, right: ApiObject): boolean {
  return sameJson(withoutTimes(left), withoutTimes(right));
}

function withoutTimes(object: ApiObject): Fields {
  const metadata: Fields = { ...object.metadata, resourceVersion: '' };
  const entries = listOf(metadata['managedFields']);
  metadata['managedFields'] = entries.map((entry) => ({ ...fieldsOf(entry), time: '' }));
  return { ...object, metadata };
}
