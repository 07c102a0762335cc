import { fieldsOf, isFields, listOf, type Fields } from '../json.ts';

const METADATA = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Removes what a structural schema does not know. Changes the value.
 * @param value an object as the schema describes it
 * @param schema structural OpenAPI v3 schema
 * @returns paths of what was removed, e.g. `spec.steps[0].wieght`
 */
export function prune(value: Fields, schema: Fields): string[] {
  const removed: string[] = [];
  pruneFields(value, schema, { path: '', removed, isRoot: true });
  return removed;
}

interface Walk {
  readonly path: string;
  readonly removed: string[];
  readonly isRoot: boolean;
}

function pruneFields(value: Fields, schema: Fields, walk: Walk): void {
  const properties = fieldsOf(schema['properties']);
  const additional = schema['additionalProperties'];
  const isObject = walk.isRoot || schema['x-kubernetes-embedded-resource'] === true;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const [key, member] of Object.entries(value)) {
    if (isObject && METADATA.has(key)) continue;
    const path = walk.path === '' ? key : `${walk.path}.${key}`;
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (isFields(own)) pruneValue(member, own, { ...walk, path, isRoot: false });
    else if (isFields(additional)) pruneValue(member, additional, { ...walk, path, isRoot: false });
    else if (additional !== true && !keepsUnknown) {
      walk.removed.push(path);
      Reflect.deleteProperty(value, key);
    }
  }
}

function pruneValue(value: unknown, schema: Fields, walk: Walk): void {
  if (isFields(value)) {
    pruneFields(value, schema, walk);
    return;
  }
  const items = schema['items'];
  if (!isFields(items)) return;
  for (const [index, entry] of listOf(value).entries()) {
    pruneValue(entry, items, { ...walk, path: `${walk.path}[${index}]` });
  }
}
