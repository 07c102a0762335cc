import { invalidField, type Cause } from './api-error.ts';
import { at, fieldsOf, isFields, listOf, sameJson, textOf, textsOf, type Fields } from './json.ts';
import type { ApiObject, ApiResource, PrinterColumn, ScalePaths, Strategy } from './resource.ts';
import type { RuleEngine, SchemaRules } from './rules.ts';
import { applyDefaults } from './schema/defaults.ts';
import { prune } from './schema/prune.ts';
import { validateSchema } from './schema/validate.ts';

/** The resources that a CustomResourceDefinition serves, one a served version. */
export function resourcesOfDefinition(definition: ApiObject, engine: RuleEngine): ApiResource[] {
  return listOf(at(definition, 'spec', 'versions'))
    .map(fieldsOf)
    .filter((version) => version['served'] !== false)
    .map((version) => resourceOf(definition, version, engine));
}

function resourceOf(definition: ApiObject, version: Fields, engine: RuleEngine): ApiResource {
  const spec = fieldsOf(definition['spec']);
  const names = fieldsOf(spec['names']);
  const group = textOf(spec['group']);
  const plural = textOf(names['plural']);
  const kind = textOf(names['kind']);
  const schema = fieldsOf(at(version, 'schema', 'openAPIV3Schema'));
  const hasStatus = at(version, 'subresources', 'status') !== undefined;
  return {
    group,
    version: textOf(version['name']),
    plural,
    singular: textOf(names['singular']),
    kind,
    listKind: textOf(names['listKind']),
    namespaced: spec['scope'] === 'Namespaced',
    shortNames: textsOf(names['shortNames']),
    categories: textsOf(names['categories']),
    storageKey: `${group}/${plural}`,
    builtin: false,
    hasStatus,
    scale: scaleOf(at(version, 'subresources', 'scale')),
    unconditionalUpdate: false,
    strategy: customStrategy(schema, { hasStatus, rules: engine.compileSchema(schema) }),
    columns: columnsOf(version),
    schema,
  };
}

function scaleOf(scale: unknown): ScalePaths | undefined {
  if (!isFields(scale)) return undefined;
  const labelSelectorPath = scale['labelSelectorPath'];
  return {
    specReplicasPath: textOf(scale['specReplicasPath']),
    statusReplicasPath: textOf(scale['statusReplicasPath']),
    ...(typeof labelSelectorPath === 'string' ? { labelSelectorPath } : {}),
  };
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'When the object was created.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
};

function columnsOf(version: Fields): PrinterColumn[] {
  const columns = listOf(version['additionalPrinterColumns']).map(fieldsOf);
  if (columns.length === 0) return [AGE];
  return columns.map((column) => ({
    name: textOf(column['name']),
    type: textOf(column['type']),
    format: textOf(column['format']),
    description: textOf(column['description']),
    priority: Number(column['priority'] ?? 0),
    jsonPath: textOf(column['jsonPath']),
  }));
}

function customStrategy(
  schema: Fields,
  { hasStatus, rules }: { hasStatus: boolean; rules: SchemaRules },
): Strategy {
  return {
    decode: (object) => {
      const unknown = prune(object, schema);
      applyDefaults(object, schema);
      return unknown;
    },
    prepareForCreate: (object) => {
      if (hasStatus) delete object['status'];
    },
    prepareForUpdate: () => undefined,
    validate: (object, old) => customProblems(object, old, { schema, rules }),
    // With a status subresource everything but metadata and status counts, else everything but metadata.
    generationOf: (object) =>
      Object.fromEntries(
        Object.entries(object).filter(
          ([key]) => key !== 'metadata' && !(hasStatus && key === 'status'),
        ),
      ),
  };
}

const UNCHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

function customProblems(
  object: ApiObject,
  old: ApiObject | undefined,
  { schema, rules }: { schema: Fields; rules: SchemaRules },
): Cause[] {
  const causes = validateSchema(object, schema);
  if (sameJson(object, old)) return causes;
  // As the API server does, rules are asked only when the schema itself holds.
  if (causes.length === 0) return rules.validate(object, old);
  return rules.isEmpty ? causes : [...causes, invalidField('<nil>', null, UNCHECKED)];
}
