import { builtinType } from '../builtin-types/builtin-types.ts';
import type { TypeSchema } from './kind-schemas.ts';

const made = new Map<TypeSchema, TypeSchema>();

/** The table has no word for an object that nothing is said of. */
const OBJECTS = new Set(['fieldsV1']);

/**
 * The schema of a type of the type table, with the defaults that the API server publishes: a required text is '' and a
 * required number 0 when it is absent, which counts where they are keys of a list.
 * @returns the same object each time; undefined for a type that is not known
 */
export function builtinSchema(name: string): TypeSchema | undefined {
  const type = builtinType(name);
  return type === undefined ? undefined : withDefaults(type);
}

/** The schema of a builtin kind: the type table leaves out what every kind has. */
export function builtinRoot(name: string): TypeSchema {
  const schema = builtinSchema(name) ?? {};
  const text: TypeSchema = { type: 'string' };
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text } };
}

/** Types may hold themselves. */
function withDefaults(type: TypeSchema & { readonly required?: readonly string[] }): TypeSchema {
  const known = made.get(type);
  if (known !== undefined) return known;
  const { properties, items, additionalProperties, required = [] } = type;
  const schema: Record<string, unknown> = { ...type };
  made.set(type, schema);
  if (properties !== undefined) {
    schema['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [
        name,
        propertySchema(name, property, required),
      ]),
    );
  }
  if (items !== undefined) schema['items'] = withDefaults(items);
  if (typeof additionalProperties === 'object') {
    schema['additionalProperties'] = withDefaults(additionalProperties);
  }
  return schema;
}

function propertySchema(
  name: string,
  property: TypeSchema,
  required: readonly string[],
): TypeSchema {
  if (OBJECTS.has(name)) return { type: 'object' };
  const schema = withDefaults(property);
  return required.includes(name) ? defaulted(schema) : schema;
}

const ZEROS: Readonly<Record<string, unknown>> = {
  string: '',
  integer: 0,
  number: 0,
  boolean: false,
};

function defaulted(schema: TypeSchema): TypeSchema {
  const zero = ZEROS[schema.type ?? ''];
  const isPlain = (schema.format ?? '') !== 'date-time';
  return zero === undefined || !isPlain ? schema : { default: zero, ...schema };
}
