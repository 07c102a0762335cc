import { fieldsOf, type Fields } from '../json.ts';
import type { ApiObject } from '../resource.ts';

// events.k8s.io/v1 Event and core/v1 Event are one stored object under two sets of names.
const RENAMED: readonly (readonly [stored: string, served: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

/** Between the stored core/v1 form and events.k8s.io/v1. */
export const eventConversion = {
  toServed: (object: ApiObject): ApiObject => renamed(object, 'events.k8s.io/v1', new Map(RENAMED)),
  toStored: (object: ApiObject): ApiObject =>
    renamed(object, 'v1', new Map(RENAMED.map(([stored, served]) => [served, stored]))),
};

function renamed(
  object: ApiObject,
  apiVersion: string,
  names: ReadonlyMap<string, string>,
): ApiObject {
  const members: Fields = {};
  for (const [key, value] of Object.entries(fieldsOf(object))) {
    members[names.get(key) ?? key] = value;
  }
  return { ...members, apiVersion, kind: object.kind, metadata: object.metadata };
}
