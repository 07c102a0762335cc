import { builtinType } from '../../../domain/builtin-types/builtin-types.ts';
import { fieldsOf, isFields, textsOf, type Fields } from '../json.ts';
import type { ApiResource } from '../resource.ts';

/** How a list merges: as a whole, as a set of values, or by these keys of its entries; `defaults` for absent keys. */
export type ListShape =
  | 'atomic'
  | 'set'
  | { readonly keys: readonly string[]; readonly defaults: Readonly<Record<string, unknown>> };

/** What server-side apply knows of the value at a place of an object. */
export interface Shape {
  readonly list: ListShape;
  /** Whether an object is owned as a whole. */
  readonly atomicMap: boolean;
  member(name: string): Shape;
  /** Of an entry of a list. */
  item(): Shape;
  /** Whether the name is a member of the type; else it is a key of a map. */
  declares(name: string): boolean;
}

const shapes = new WeakMap<Fields, Shape>();
const NO_SCHEMA: Fields = {};

function shapeOfSchema(schema: unknown): Shape {
  const key = isFields(schema) ? schema : NO_SCHEMA;
  const known = shapes.get(key);
  if (known !== undefined) return known;
  const made = new SchemaShape(key);
  shapes.set(key, made);
  return made;
}

class SchemaShape implements Shape {
  readonly #schema: Fields;

  constructor(schema: Fields) {
    this.#schema = schema;
  }

  get list(): ListShape {
    const type = this.#schema['x-kubernetes-list-type'];
    if (type === 'set') return 'set';
    const keys = textsOf(this.#schema['x-kubernetes-list-map-keys']);
    if (type !== 'map' || keys.length === 0) return 'atomic';
    const properties = fieldsOf(fieldsOf(this.#schema['items'])['properties']);
    const given = keys
      .map((key) => [key, fieldsOf(properties[key])['default']] as const)
      .filter(([, value]) => value !== undefined);
    return { keys, defaults: Object.fromEntries(given) };
  }

  get atomicMap(): boolean {
    return this.#schema['x-kubernetes-map-type'] === 'atomic';
  }

  member(name: string): Shape {
    const own = this.#property(name);
    return shapeOfSchema(own ?? this.#schema['additionalProperties']);
  }

  item(): Shape {
    return shapeOfSchema(this.#schema['items']);
  }

  declares(name: string): boolean {
    return this.#property(name) !== undefined;
  }

  #property(name: string): unknown {
    const properties = this.#schema['properties'];
    return isFields(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  }
}

/** The shape of a custom resource: metadata is that of every kind. */
class CustomShape extends SchemaShape {
  override member(name: string): Shape {
    return name === 'metadata' ? shapeOfSchema(builtinType('ObjectMeta')) : super.member(name);
  }

  override declares(name: string): boolean {
    return name === 'metadata' || super.declares(name);
  }
}

const custom = new WeakMap<Fields, Shape>();

/** The shape of a resource's objects. */
export function shapeOf({ builtin, schema }: Pick<ApiResource, 'builtin' | 'schema'>): Shape {
  if (builtin) return shapeOfSchema(schema);
  const known = custom.get(schema) ?? new CustomShape(schema);
  custom.set(schema, known);
  return known;
}

/** The keys of an entry of a keyed list, defaults filled in; in alphabetical order. */
export function keysOfEntry(
  entry: unknown,
  { keys, defaults }: Exclude<ListShape, string>,
): Fields {
  const fields = fieldsOf(entry);
  const pairs = [...keys]
    .sort()
    .map((key) => [key, fields[key] ?? defaults[key]] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs);
}

/** The key of a list's entry in a FieldTree. */
export function entryKey(entry: unknown, list: Exclude<ListShape, 'atomic'>): string {
  return list === 'set'
    ? `v:${JSON.stringify(entry)}`
    : `k:${JSON.stringify(keysOfEntry(entry, list))}`;
}
