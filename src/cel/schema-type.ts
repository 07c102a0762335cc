import type { TypeSchema } from '../domain/kind-schemas/kind-schemas.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  STRING,
  TIMESTAMP,
  listOf,
  mapOf,
  struct,
  type CelType,
  type StructType,
} from './types.ts';

/**
 * How schemas become types. `declared`: as Kubernetes checks policies against them; what has no type, such as a
 * quantity, is then not there, and a time is a timestamp. `actual`: what expressions really see, with `dyn` for whatever
 * may be of several types.
 */
export type SchemaReading = 'declared' | 'actual';

/**
 * The type of the objects of a kind.
 * @param name of the type, as it appears in messages
 */
export function schemaType(schema: TypeSchema, name: string, reading: SchemaReading): CelType {
  const text: TypeSchema = { type: 'string' };
  const { properties = {} } = schema;
  const metadata: TypeSchema = {
    type: 'object',
    properties: { name: text, generateName: text },
  };
  const isKind = properties['metadata']?.properties?.['name'] !== undefined;
  const root = isKind
    ? schema
    : { ...schema, properties: { ...properties, apiVersion: text, kind: text, metadata } };
  return typeOf(root, { name, reading, around: [schema] }) ?? DYN;
}

interface Place {
  readonly name: string;
  readonly reading: SchemaReading;
  /** The types that this one is part of. */
  readonly around: readonly TypeSchema[];
}

/** @returns undefined for what expressions cannot look at */
function typeOf(schema: TypeSchema, place: Place): CelType | undefined {
  const isIntOrString = schema['x-kubernetes-int-or-string'] ?? false;
  if (isIntOrString || schema.format === 'int-or-string') return DYN;
  if (schema.type === 'array') return listType(schema, place);
  if (schema.type === 'object') return objectType(schema, place);
  return place.reading === 'declared' ? declaredPlain(schema) : (ACTUAL[schema.type ?? ''] ?? DYN);
}

/** A number may be an int or a double. */
const ACTUAL: Readonly<Record<string, CelType>> = { string: STRING, boolean: BOOL, integer: INT };

function declaredPlain({ type, format }: TypeSchema): CelType | undefined {
  switch (type) {
    case 'string':
      return declaredText(format);
    case 'boolean':
      return BOOL;
    case 'number':
      return DOUBLE;
    case 'integer':
      return INT;
    default:
      return undefined;
  }
}

function declaredText(format = ''): CelType {
  switch (format) {
    case 'byte':
      return BYTES;
    case 'duration':
      return DURATION;
    case 'date':
    case 'date-time':
      return TIMESTAMP;
    default:
      return STRING;
  }
}

function listType({ items }: TypeSchema, place: Place): CelType | undefined {
  if (items === undefined) return undefined;
  const element = inner(items, place, '@idx');
  return element && listOf(element);
}

function objectType(schema: TypeSchema, place: Place): CelType | undefined {
  const { properties, additionalProperties } = schema;
  if (typeof additionalProperties === 'object') {
    const value = inner(additionalProperties, place, '@elem');
    return value && mapOf(STRING, value);
  }
  if (place.reading === 'declared') return struct(new SchemaStruct(schema, place));
  if (properties === undefined) return DYN;
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true;
  return struct(new SchemaStruct(schema, place, isOpen ? DYN : undefined));
}

function inner(schema: TypeSchema, place: Place, part: string): CelType | undefined {
  const { name, reading, around } = place;
  // As in Kubernetes, a type within itself is an object without fields.
  if (around.includes(schema))
    return typeOf({ type: 'object' }, { ...place, name: `${name}.${part}` });
  return typeOf(schema, { name: `${name}.${part}`, reading, around: [...around, schema] });
}

/** A type with fields, which are made when they are first asked for: most are not. */
class SchemaStruct implements StructType {
  readonly name: string;
  readonly anyField?: CelType;
  readonly #schema: TypeSchema;
  readonly #place: Place;
  #fields: Readonly<Record<string, CelType>> | undefined;

  constructor(schema: TypeSchema, place: Place, anyField?: CelType) {
    this.name = place.name;
    this.#schema = schema;
    this.#place = place;
    if (anyField !== undefined) this.anyField = anyField;
  }

  get fields(): Readonly<Record<string, CelType>> {
    this.#fields ??= Object.fromEntries(
      Object.entries(this.#schema.properties ?? {}).flatMap(([property, schema]) => {
        const names = fieldNames(property);
        const [first] = names;
        const type = first === undefined ? undefined : inner(schema, this.#place, first);
        return type === undefined ? [] : names.map((name) => [name, type] as const);
      }),
    );
    return this.#fields;
  }
}

const RESERVED = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' '),
);
const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** How a member can be written as a field: escaped, and plainly when only its name is a reserved word. */
function fieldNames(property: string): readonly string[] {
  if (RESERVED.has(property)) return [`__${property}__`, property];
  if (!/^[a-zA-Z_./-][\w./-]*$/.test(property)) return [];
  return [property.replaceAll(/__|[./-]/g, (part) => ESCAPES[part] ?? part)];
}
