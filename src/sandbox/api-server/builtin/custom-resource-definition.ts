import { invalidField, requiredField, unsupportedValue, type Cause } from '../api-error.ts';
import {
  at,
  childOf,
  fieldsOf,
  isFields,
  listOf,
  sameJson,
  setDefault,
  textOf,
  type Fields,
} from '../json.ts';
import { nameProblems } from '../names.ts';
import type { ApiObject, Strategy, WriteContext } from '../resource.ts';
import { rfc3339 } from '../../../domain/clock.ts';
import { structuralProblems } from '../schema/structural.ts';

/** Keeps a definition that is being deleted until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** apiextensions.k8s.io/v1 CustomResourceDefinition. It is established as soon as it is stored. */
export const customResourceDefinitionStrategy: Strategy = {
  decode: (object) => {
    defaultDefinition(childOf(object, 'spec'));
    return [];
  },
  prepareForCreate: (object, context) => {
    object['status'] = establishedStatus(object, undefined, context);
  },
  prepareForUpdate: (object, old, context) => {
    object['status'] = establishedStatus(object, old, context);
  },
  validate: definitionProblems,
  generationOf: (object) => object['spec'],
};

function defaultDefinition(spec: Fields): void {
  const names = childOf(spec, 'names');
  const kind = textOf(names['kind']);
  setDefault(names, 'singular', kind.toLowerCase());
  setDefault(names, 'listKind', `${kind}List`);
  setDefault(spec, 'conversion', { strategy: 'None' });
}

function establishedStatus(
  object: ApiObject,
  old: ApiObject | undefined,
  { now }: WriteContext,
): Fields {
  const before = listOf(at(old, 'status', 'conditions')).map(fieldsOf);
  const condition = (type: string, reason: string, message: string): Fields => ({
    type,
    status: 'True',
    lastTransitionTime:
      before.find((entry) => entry['type'] === type)?.['lastTransitionTime'] ?? rfc3339(now),
    reason,
    message,
  });
  const storage = versionsOf(object).find((version) => version['storage'] === true)?.['name'];
  const storedVersions = new Set([...listOf(at(old, 'status', 'storedVersions')), storage]);
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: at(object, 'spec', 'names'),
    storedVersions: [...storedVersions],
  };
}

function versionsOf(object: ApiObject): Fields[] {
  return listOf(at(object, 'spec', 'versions')).map(fieldsOf);
}

function definitionProblems(object: ApiObject, old: ApiObject | undefined): Cause[] {
  const spec = fieldsOf(object['spec']);
  const names = fieldsOf(spec['names']);
  const causes: Cause[] = [];
  const wanted = `${textOf(names['plural'])}.${textOf(spec['group'])}`;
  if (object.metadata.name !== wanted) {
    const text = 'must be spec.names.plural+"."+spec.group';
    causes.push(invalidField('metadata.name', object.metadata.name, text));
  }
  causes.push(...nameProblems(textOf(spec['group']), 'subdomain', 'spec.group'));
  causes.push(...nameProblems(textOf(names['plural']), 'label', 'spec.names.plural'));
  if (textOf(names['kind']) === '') causes.push(requiredField('spec.names.kind'));
  const { scope } = spec;
  if (scope !== 'Namespaced' && scope !== 'Cluster') {
    causes.push(unsupportedValue('spec.scope', scope ?? '', ['Cluster', 'Namespaced']));
  }
  causes.push(...versionsProblems(versionsOf(object)), ...immutableProblems(spec, old));
  return causes;
}

function immutableProblems(spec: Fields, old: ApiObject | undefined): Cause[] {
  if (old === undefined) return [];
  return ['scope', 'group']
    .filter((key) => !sameJson(spec[key], at(old, 'spec', key)))
    .map((key) => invalidField(`spec.${key}`, spec[key], 'field is immutable'));
}

function versionsProblems(versions: readonly Fields[]): Cause[] {
  const storing = versions.filter((version) => version['storage'] === true).length;
  const causes = versions.flatMap((version, index) =>
    versionProblems(version, index, versions.length),
  );
  if (storing !== 1) {
    const text = 'must have exactly one version marked as storage version';
    causes.push(invalidField('spec.versions', versions.length, text));
  }
  return causes;
}

/** Where a version's schema stands, for messages: Kubernetes hoists that of the only version. */
export function schemaPath(index: number, count: number): string {
  return count === 1
    ? 'spec.validation.openAPIV3Schema'
    : `spec.versions[${index}].schema.openAPIV3Schema`;
}

function versionProblems(version: Fields, index: number, count: number): Cause[] {
  const field = `spec.versions[${index}]`;
  const causes = nameProblems(textOf(version['name']), 'label', `${field}.name`);
  const schemaField = `${field}.schema.openAPIV3Schema`;
  const schema = at(version, 'schema', 'openAPIV3Schema');
  if (!isFields(schema)) {
    return [...causes, requiredField(schemaField)];
  }
  if (schema['type'] !== 'object') {
    causes.push(invalidField(`${schemaField}.type`, schema['type'], 'must be object at the root'));
  }
  return [...causes, ...structuralProblems(schema, schemaPath(index, count))];
}
