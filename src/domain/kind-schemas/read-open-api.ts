import { isMap } from '../structured-merge/value.ts';
import { isBuiltinGroup } from './builtin-groups.ts';
import type { GroupVersionKind, KindSchema, TypeSchema } from './kind-schemas.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What one OpenAPI v3 document of an API server says of its kinds. */
export interface OpenApiKinds {
  /** By `kindKey`. */
  readonly schemas: ReadonlyMap<string, KindSchema>;
  /** Kinds by the plural name of their resource. */
  readonly resources: ReadonlyMap<string, readonly GroupVersionKind[]>;
}

/** A kind as a key of a map. */
export function kindKey({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}

/**
 * Reads the document of a group and version, as `/openapi/v3/apis/GROUP/VERSION` gives it. Only kinds that are served as
 * a resource are kept; descriptions and limits are left out.
 * @param isWanted whether the kinds of a resource are kept, by its plural name; by default all are
 * @returns nothing for what is no such document
 */
export function readOpenApi(
  document: unknown,
  isWanted: (resource: string) => boolean = () => true,
): OpenApiKinds {
  const { paths, components } = fieldsOf(document);
  const resources = resourcesOf(fieldsOf(paths), isWanted);
  const models = fieldsOf(fieldsOf(components)['schemas']);
  const served = new Map([...resources.values()].flat().map((kind) => [kindKey(kind), kind]));
  const resolver = new Resolver(models);
  const schemas = new Map<string, KindSchema>();
  for (const [name, model] of Object.entries(models)) {
    for (const named of listOf(fieldsOf(model)['x-kubernetes-group-version-kind'])) {
      const key = kindKey(kindOf(named));
      const kind = served.get(key);
      if (kind === undefined) continue;
      schemas.set(key, { schema: resolver.named(name), isBuiltin: isBuiltinGroup(kind.group) });
    }
  }
  return { schemas, resources };
}

/** `/apis/apps/v1/namespaces/{namespace}/deployments`: the place of a collection. */
const COLLECTION = /^\/apis?\/(?:[^/{}]+\/){1,2}(?:namespaces\/\{namespace\}\/)?([^/{}]+)$/;

function resourcesOf(
  paths: Fields,
  isWanted: (resource: string) => boolean,
): ReadonlyMap<string, readonly GroupVersionKind[]> {
  const found = new Map<string, Map<string, GroupVersionKind>>();
  for (const [path, item] of Object.entries(paths)) {
    const plural = COLLECTION.exec(path)?.[1];
    if (plural === undefined || !isWanted(plural)) continue;
    const { get, post } = fieldsOf(item);
    const named = fieldsOf(get ?? post)['x-kubernetes-group-version-kind'];
    if (named === undefined) continue;
    const kind = kindOf(named);
    const kinds = found.get(plural) ?? new Map<string, GroupVersionKind>();
    found.set(plural, kinds.set(kindKey(kind), kind));
  }
  return new Map([...found].map(([plural, kinds]) => [plural, [...kinds.values()]]));
}

const REFERENCE = '#/components/schemas/';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const RAW_EXTENSION = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

/** Any object, replaced as a whole. */
const ANYTHING: TypeSchema = {
  'x-kubernetes-preserve-unknown-fields': true,
  'x-kubernetes-map-type': 'atomic',
};

/** Follows references; each named type is made once, so that a type may hold itself. */
class Resolver {
  readonly #models: Fields;
  readonly #made = new Map<string, TypeSchema>();

  constructor(models: Fields) {
    this.#models = models;
  }

  named(name: string): TypeSchema {
    if (name === QUANTITY) return { format: 'quantity' };
    if (name === RAW_EXTENSION) return ANYTHING;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const schema: Record<string, unknown> = {};
    this.#made.set(name, schema);
    Object.assign(schema, this.#inline(fieldsOf(this.#models[name])));
    return schema;
  }

  #schema(value: unknown): TypeSchema {
    const model = fieldsOf(value);
    const reference = referenceOf(model);
    if (reference === undefined) return this.#inline(model);
    const target = this.named(reference.slice(REFERENCE.length));
    const mapType = model['x-kubernetes-map-type'];
    return typeof mapType === 'string' ? { ...target, 'x-kubernetes-map-type': mapType } : target;
  }

  #inline(model: Fields): TypeSchema {
    const { properties, items, additionalProperties: additional } = model;
    return {
      ...plainPart(model),
      ...listType(model),
      ...(isMap(properties) ? { properties: this.#properties(properties) } : {}),
      ...(isMap(items) ? { items: this.#schema(items) } : {}),
      ...(typeof additional === 'boolean' ? { additionalProperties: additional } : {}),
      ...(isMap(additional) ? { additionalProperties: this.#schema(additional) } : {}),
    };
  }

  #properties(properties: Fields): Readonly<Record<string, TypeSchema>> {
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, this.#schema(property)]),
    );
  }
}

/** A reference may be wrapped, so that it can have a description of its own. */
function referenceOf({ $ref, allOf }: Fields): string | undefined {
  if (typeof $ref === 'string') return $ref;
  for (const part of listOf(allOf)) {
    const reference = referenceOf(fieldsOf(part));
    if (reference !== undefined) return reference;
  }
  return undefined;
}

const FLAGS = [
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-embedded-resource',
] as const;

function plainPart(model: Fields): TypeSchema {
  const { type, format, default: value } = model;
  const mapType = model['x-kubernetes-map-type'];
  return {
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof format === 'string' ? { format } : {}),
    ...(value !== undefined && typeof value !== 'object' ? { default: value } : {}),
    ...Object.fromEntries(FLAGS.filter((flag) => model[flag] === true).map((flag) => [flag, true])),
    ...(typeof mapType === 'string' ? { 'x-kubernetes-map-type': mapType } : {}),
  };
}

/** How a list merges; builtin types of old say it as a patch strategy. */
function listType(model: Fields): TypeSchema {
  const type = model['x-kubernetes-list-type'];
  if (typeof type === 'string') return listOfType(type, model['x-kubernetes-list-map-keys']);
  if (!String(model['x-kubernetes-patch-strategy']).startsWith('merge')) return {};
  const key = model['x-kubernetes-patch-merge-key'];
  return typeof key === 'string' ? listOfType('map', [key]) : listOfType('set', undefined);
}

function listOfType(type: string, keys: unknown): TypeSchema {
  const names = listOf(keys).filter((key) => typeof key === 'string');
  return {
    'x-kubernetes-list-type': type,
    ...(names.length === 0 ? {} : { 'x-kubernetes-list-map-keys': names }),
  };
}

function kindOf(value: unknown): GroupVersionKind {
  const { group, version, kind } = fieldsOf(value);
  return { group: textOf(group), version: textOf(version), kind: textOf(kind) };
}

function fieldsOf(value: unknown): Fields {
  return isMap(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
