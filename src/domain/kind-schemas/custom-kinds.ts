import { isMap } from '../structured-merge/value.ts';
import { builtinSchema } from './builtin-schema.ts';
import type { GroupVersionKind, TypeSchema } from './kind-schemas.ts';

/** A kind that a CustomResourceDefinition defines. */
export interface CustomKind {
  readonly kind: GroupVersionKind;
  readonly plural: string;
  readonly schema: TypeSchema;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The served versions of a CustomResourceDefinition that have a schema.
 * @param definition of apiextensions.k8s.io/v1; anything else has none
 */
export function customKinds(definition: unknown): readonly CustomKind[] {
  const { kind, spec } = fieldsOf(definition);
  if (kind !== 'CustomResourceDefinition') return [];
  const { group, names, versions } = fieldsOf(spec);
  const { kind: name, plural } = fieldsOf(names);
  if (![group, name, plural].every((text) => typeof text === 'string')) return [];
  const found = Array.isArray(versions) ? (versions as readonly unknown[]).map(fieldsOf) : [];
  return found.flatMap(({ name: version, schema, served }) => {
    const { openAPIV3Schema: structural } = fieldsOf(schema);
    if (typeof version !== 'string' || served === false || !isMap(structural)) return [];
    const own = { group: group as string, version, kind: name as string };
    return [{ kind: own, plural: plural as string, schema: customSchema(structural) }];
  });
}

/** The schema of a custom kind, with the members that every object has. */
export function customSchema(structural: TypeSchema): TypeSchema {
  const { properties } = embedded(structural);
  return { ...structural, properties: { ...properties, ...objectMembers() } };
}

/** Objects within an object have these members too, as far as nothing else is said of them. */
function embedded(schema: TypeSchema): TypeSchema {
  const { properties, items, additionalProperties } = schema;
  const inner = {
    ...(schema['x-kubernetes-embedded-resource'] === true ? objectMembers() : {}),
    ...(properties === undefined
      ? {}
      : Object.fromEntries(
          Object.entries(properties).map(([name, property]) => [name, embedded(property)]),
        )),
  };
  return {
    ...schema,
    ...(Object.keys(inner).length === 0 ? {} : { properties: inner }),
    ...(items === undefined ? {} : { items: embedded(items) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: embedded(additionalProperties) }
      : {}),
  };
}

function objectMembers(): Readonly<Record<string, TypeSchema>> {
  const text: TypeSchema = { type: 'string' };
  return { apiVersion: text, kind: text, metadata: builtinSchema('ObjectMeta') ?? {} };
}

function fieldsOf(value: unknown): Fields {
  return isMap(value) ? value : {};
}
