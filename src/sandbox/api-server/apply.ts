import { parseApiVersion } from '../../domain/object.ts';
import { ApiError, badRequest, invalid, requiredField } from './api-error.ts';
import { applyConflict } from './applied-fields.ts';
import { createObject } from './create.ts';
import { decodeObject } from './decode-object.ts';
import {
  fieldSetOf,
  mergeApplied,
  removeField,
  type FieldSet,
  type ListRules,
} from './field-set.ts';
import { fieldsOf, isFields, listOf, textOf, textsOf, type Fields } from './json.ts';
import { groupVersionOf, type ApiObject, type ApiResource } from './resource.ts';
import { prune } from './schema/prune.ts';
import type { ServerContext, WriteRequest } from './server-context.ts';
import { listRuleOf } from './strategic-merge.ts';
import { updateObject } from './update.ts';

/**
 * Server-side apply: merges the configuration, takes away what this manager applied before and no longer does, and
 * refuses to change what another manager applied unless forced. Creates the object when it does not exist.
 * @returns the object and whether it is new
 * @throws ApiError 409 for fields of other managers, 422 without a field manager
 */
export async function applyObject(
  context: ServerContext,
  request: WriteRequest,
  configuration: unknown,
): Promise<{ object: ApiObject; created: boolean }> {
  const { resource, namespace, name, fieldManager, dryRun } = request;
  if (!isFields(configuration)) throw badRequest('the apply patch is not an object');
  if (fieldManager === '') {
    const subject = { group: 'meta.k8s.io', plural: '', kind: 'PatchOptions' };
    throw invalid(subject, '', [requiredField('fieldManager', 'is required for apply patch')]);
  }
  checkType(resource, configuration);
  const fields = fieldSetOf(configuration, listRules(resource));
  const isThere = context.store.get(resource.storageKey, namespace, name) !== undefined;
  const object =
    isThere || request.subresource !== ''
      ? await mergeInto(context, request, { configuration, fields })
      : await createObject(context, request, named(configuration, name));
  const manager = managerOf(request);
  if (!dryRun) context.applied.set(object.metadata.uid ?? '', manager, fields);
  return { object, created: !isThere };
}

function managerOf({ fieldManager, subresource }: WriteRequest): string {
  return subresource === '' ? fieldManager : `${fieldManager}/${subresource}`;
}

function checkType(resource: ApiResource, configuration: Fields): void {
  const { apiVersion, kind } = configuration;
  if (apiVersion !== groupVersionOf(resource) || kind !== resource.kind) {
    const { group, version } = parseApiVersion(textOf(apiVersion));
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${textOf(kind)}`);
  }
  if (resource.builtin) return;
  const unknown = prune(structuredClone(configuration), resource.schema);
  if (unknown.length === 0) return;
  const { namespace = '', name = '' } = fieldsOf(configuration['metadata']);
  const object = `${textOf(namespace)}/${textOf(name)}; ${textOf(apiVersion)}, Kind=${textOf(kind)}`;
  const texts = unknown.map((path) => `.${path}: field not declared in schema`);
  const list = texts.length === 1 ? texts.join('') : `errors:\n  ${texts.join('\n  ')}`;
  // Whatever fieldValidation says: a configuration that does not fit the schema cannot be merged.
  throw new ApiError(500, '', `failed to create typed patch object (${object}): ${list}`);
}

function named(configuration: Fields, name: string): Fields {
  const copy = structuredClone(configuration);
  copy['metadata'] = { ...fieldsOf(copy['metadata']), name };
  return copy;
}

function mergeInto(
  context: ServerContext,
  request: WriteRequest,
  { configuration, fields }: { configuration: Fields; fields: FieldSet },
): Promise<ApiObject> {
  const { resource, force } = request;
  const rules = listRules(resource);
  const manager = managerOf(request);
  return updateObject(context, request, {
    demandsVersion: false,
    apply: (current) => {
      const uid = current.metadata.uid ?? '';
      const others = context.applied.others(uid, manager);
      const conflict = force ? undefined : applyConflict(fields, others);
      if (conflict !== undefined) throw conflict;
      const merged = structuredClone(mergeApplied(current, configuration, { rules }));
      for (const [key, field] of context.applied.of(uid, manager)) {
        const isHeld = fields.has(key) || others.some(([, held]) => held.has(key));
        if (!isHeld) removeField(merged, field.path);
      }
      return decodeObject(merged, request, JSON.stringify(configuration));
    },
  });
}

function listRules(resource: ApiResource): ListRules {
  if (!resource.builtin) return (path) => schemaListRule(resource.schema, path);
  return (path) => {
    const rule = listRuleOf(path);
    return typeof rule === 'object' ? { keys: [rule.key] } : rule;
  };
}

function schemaListRule(root: Fields, path: readonly string[]): ReturnType<ListRules> {
  if (path.join('.') === 'metadata.finalizers') return 'set';
  if (path.join('.') === 'metadata.ownerReferences') return { keys: ['uid'] };
  let schema = root;
  for (const member of path) {
    const inner = isFields(schema['items']) ? schema['items'] : schema;
    const properties = fieldsOf(inner['properties']);
    schema = fieldsOf(
      Object.hasOwn(properties, member) ? properties[member] : inner['additionalProperties'],
    );
  }
  if (schema['x-kubernetes-list-type'] === 'set') return 'set';
  const keys = textsOf(schema['x-kubernetes-list-map-keys']);
  return schema['x-kubernetes-list-type'] === 'map' && listOf(keys).length > 0
    ? { keys }
    : undefined;
}
