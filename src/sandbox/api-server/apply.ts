import { parseApiVersion } from '../../domain/object.ts';
import { ApiError, badRequest, invalid, requiredField } from './api-error.ts';
import { decodeTyped } from './builtin/decode-typed.ts';
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
import { atomOfResource, typeErrorsOf } from './managed-fields/typed-patch.ts';
import { groupVersionOf, type ApiObject, type ApiResource } from './resource.ts';
import type { ServerContext, WriteRequest } from './server-context.ts';
import { updateObject } from './update.ts';

/**
 * Server-side apply: merges the configuration, takes away what this manager applied before and no longer does, and
 * refuses to change what another manager owns unless forced. Creates the object when it does not exist.
 * @returns the object and whether it is new
 * @throws ApiError 409 for fields of other managers, 422 without a field manager, 500 for what does not fit the schema
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
    throw badRequest(`invalid object type: ${typeOf(configuration)}`);
  }
  const errors = typeErrorsOf(configuration, resource);
  if (errors.length > 0) {
    const list = errors.length === 1 ? errors.join('') : `errors:\n  ${errors.join('\n  ')}`;
    // Whatever fieldValidation says: a configuration that does not fit the schema cannot be merged.
    throw new ApiError(
      500,
      '',
      `failed to create typed patch object (${shownOf(configuration)}): ${list}`,
    );
  }
  if (resource.builtin) checkConversion(resource, configuration);
}

/** Values that the schema lets pass, and the Go type does not: quantities, times, whole numbers. */
function checkConversion(resource: ApiResource, configuration: Fields): void {
  try {
    decodeTyped(cloneJson(configuration), resource.schema, resource);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const detail = error.message
      .replace(/^.*? cannot be handled as a \w+: /, '')
      .replace(/^illegal base64/, 'error decoding from json: $&')
      .replace(
        /cannot unmarshal (\w+) into Go struct field \S+ of/,
        'cannot unmarshal $1 into Go value of',
      )
      .replace(
        /^json: cannot unmarshal number \S+ into Go struct field \S+ of type /,
        'cannot convert float64 to ',
      );
    const type = typeOf(configuration);
    throw new ApiError(
      500,
      '',
      `failed to convert new object (${shownOf(configuration)}) to proper version: unable to convert unstructured object to ${type}: ${detail}`,
    );
  }
}

function typeOf({ apiVersion, kind }: Fields): string {
  const { group, version } = parseApiVersion(textOf(apiVersion));
  return `${group}/${version}, Kind=${textOf(kind)}`;
}

function shownOf(configuration: Fields): string {
  const { namespace, name } = fieldsOf(configuration['metadata']);
  return `${textOf(namespace)}/${textOf(name)}; ${typeOf(configuration)}`;
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
  const atom = atomOfResource(request.resource);
  const writer = writerOf(request, { operation: 'Apply', now: context.clock.now() });
  let entries: ManagedEntry[] = [];
  return updateObject(context, request, {
    demandsVersion: false,
    apply: (current) => {
      const before = knownEntries(current, request);
      const merged = cloneJson(mergeApplied(current, configuration, atom)) as ApiObject;
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
