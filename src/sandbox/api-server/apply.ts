import { parseApiVersion } from '../../domain/object.ts';
import { ApiError, badRequest, invalid, requiredField } from './api-error.ts';
import { createObject } from './create.ts';
import { decodeObject } from './decode-object.ts';
import { fieldsOf, isFields, textOf, type Fields, cloneJson } from './json.ts';
import {
  comparisonOf,
  entriesOf,
  setEntries,
  writableFields,
  writerOf,
  type Claim,
} from './managed-fields/claim.ts';
import { fieldSetOf } from './managed-fields/field-set.ts';
import { type FieldTree } from './managed-fields/field-tree.ts';
import { type ManagedEntry } from './managed-fields/managed-entry.ts';
import { abandonedPaths, afterApply } from './managed-fields/managers.ts';
import { mergeApplied, removePath } from './managed-fields/merge-applied.ts';
import { shapeOf } from './managed-fields/shape.ts';
import { groupVersionOf, type ApiObject, type ApiResource } from './resource.ts';
import { prune } from './schema/prune.ts';
import type { ServerContext, WriteRequest } from './server-context.ts';
import { updateObject } from './update.ts';

/**
 * Server-side apply: merges the configuration, takes away what this manager applied before and no longer does, and
 * refuses to change what another manager owns unless forced. Creates the object when it does not exist.
 * @returns the object and whether it is new
 * @throws ApiError 409 for fields of other managers, 422 without a field manager
 */
export async function applyObject(
  context: ServerContext,
  request: WriteRequest,
  configuration: unknown,
): Promise<{ object: ApiObject; created: boolean }> {
  const { resource, namespace, name, fieldManager } = request;
  if (!isFields(configuration)) throw badRequest('the apply patch is not an object');
  if (fieldManager === '') {
    const subject = { group: 'meta.k8s.io', plural: '', kind: 'PatchOptions' };
    throw invalid(subject, '', [requiredField('fieldManager', 'is required for apply patch')]);
  }
  checkType(resource, configuration);
  if (fieldsOf(configuration['metadata'])['managedFields'] !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const fields = writableFields(fieldSetOf(configuration, shapeOf(resource)), request);
  const isThere = context.store.get(resource.storageKey, namespace, name) !== undefined;
  const object =
    isThere || request.subresource !== ''
      ? await mergeInto(context, request, { configuration, fields })
      : await createObject(context, request, named(configuration, name), claimOf(fields));
  return { object, created: !isThere };
}

/** What a new object's only manager owns: the configuration, and not the defaults. */
function claimOf(fields: FieldTree): Claim {
  return (object, _live, { request, now }) => {
    setEntries(object, [{ ...writerOf(request, { operation: 'Apply', now }), fields }]);
  };
}

function checkType(resource: ApiResource, configuration: Fields): void {
  const { apiVersion, kind } = configuration;
  if (apiVersion !== groupVersionOf(resource) || kind !== resource.kind) {
    const { group, version } = parseApiVersion(textOf(apiVersion));
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${textOf(kind)}`);
  }
  const unknown = prune(cloneJson(configuration), resource.schema);
  if (unknown.length === 0) return;
  const { namespace = '', name = '' } = fieldsOf(configuration['metadata']);
  const object = `${textOf(namespace)}/${textOf(name)}; ${textOf(apiVersion)}, Kind=${textOf(kind)}`;
  const texts = unknown.map((path) => `.${path}: field not declared in schema`);
  const list = texts.length === 1 ? texts.join('') : `errors:\n  ${texts.join('\n  ')}`;
  // Whatever fieldValidation says: a configuration that does not fit the schema cannot be merged.
  throw new ApiError(500, '', `failed to create typed patch object (${object}): ${list}`);
}

function named(configuration: Fields, name: string): Fields {
  const copy = cloneJson(configuration);
  copy['metadata'] = { ...fieldsOf(copy['metadata']), name };
  return copy;
}

function mergeInto(
  context: ServerContext,
  request: WriteRequest,
  { configuration, fields }: { configuration: Fields; fields: FieldTree },
): Promise<ApiObject> {
  const shape = shapeOf(request.resource);
  const writer = writerOf(request, { operation: 'Apply', now: context.clock.now() });
  let entries: ManagedEntry[] = [];
  return updateObject(context, request, {
    demandsVersion: false,
    apply: (current) => {
      const before = knownEntries(current, request);
      const merged = cloneJson(mergeApplied(current, configuration, shape)) as ApiObject;
      for (const path of abandonedPaths(before, writer, fields)) removePath(merged, path);
      const comparison = comparisonOf(current, merged, request);
      entries = afterApply(before, writer, { fields, comparison, force: request.force });
      return decodeObject(merged, request, JSON.stringify(configuration));
    },
    claim: (object) => {
      setEntries(object, entries);
    },
  });
}

/** The managers of the live object; what nobody is known to own has an owner of its own, as in Kubernetes. */
function knownEntries(current: ApiObject, request: WriteRequest): ManagedEntry[] {
  const entries = entriesOf(current);
  if (entries.length > 0) return entries;
  const fields = writableFields(fieldSetOf(current, shapeOf(request.resource)), request);
  const time = textOf(current.metadata.creationTimestamp);
  const apiVersion = groupVersionOf(request.resource);
  const manager = 'before-first-apply';
  return [{ manager, operation: 'Update', apiVersion, subresource: '', time, fields }];
}
