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

const PROTOCOL = { protocol: 'TCP' };
const keyed = (keys: readonly string[], defaults = {}): ListShape => ({ keys, defaults });

/**
 * List types of the builtin kinds by the last two members of a path, else by the last. Source: the `+listType` and
 * `+listMapKey` marks of k8s.io/api, as published in `x-kubernetes-list-map-keys`.
 */
const LISTS: Readonly<Record<string, ListShape>> = {
  'spec.containers': keyed(['name']),
  'spec.initContainers': keyed(['name']),
  'spec.ephemeralContainers': keyed(['name']),
  'spec.volumes': keyed(['name']),
  'spec.imagePullSecrets': keyed(['name']),
  'spec.hostAliases': keyed(['ip']),
  'spec.topologySpreadConstraints': keyed(['topologyKey', 'whenUnsatisfiable']),
  'spec.schedulingGates': keyed(['name']),
  'containers.env': keyed(['name']),
  'initContainers.env': keyed(['name']),
  'containers.volumeMounts': keyed(['mountPath']),
  'initContainers.volumeMounts': keyed(['mountPath']),
  'containers.volumeDevices': keyed(['devicePath']),
  'containers.ports': keyed(['containerPort', 'protocol'], PROTOCOL),
  'initContainers.ports': keyed(['containerPort', 'protocol'], PROTOCOL),
  'spec.ports': keyed(['port', 'protocol'], PROTOCOL),
  'status.conditions': keyed(['type']),
  'status.podIPs': keyed(['ip']),
  'status.addresses': keyed(['type']),
  'metadata.ownerReferences': keyed(['uid']),
  'metadata.finalizers': 'set',
  webhooks: keyed(['name']),
  'webhooks.matchConditions': keyed(['name']),
  'spec.matchConditions': keyed(['name']),
  'spec.variables': keyed(['name']),
  secrets: keyed(['name']),
  imagePullSecrets: keyed(['name']),
};

/** Objects of the builtin kinds that are owned as a whole (`+structType=atomic`, `+mapType=atomic`). */
const ATOMIC_MAPS = new Set([
  'selector',
  'matchLabels',
  'nodeSelector',
  'namespaceSelector',
  'objectSelector',
  'labelSelector',
  'configMapKeyRef',
  'secretKeyRef',
  'fieldRef',
  'resourceFieldRef',
  'involvedObject',
  'regarding',
  'related',
  'targetRef',
  'roleRef',
  'scaleTargetRef',
  'paramRef',
  'paramKind',
  'claimRef',
  'podSelector',
]);

/** Maps whose keys the writer chooses. */
const MAPS = new Set([
  'labels',
  'annotations',
  'data',
  'binaryData',
  'stringData',
  'limits',
  'requests',
  'hard',
  'used',
  'capacity',
  'allocatable',
]);

class BuiltinShape implements Shape {
  readonly #path: readonly string[];

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  get list(): ListShape {
    const pair = this.#path.slice(-2).join('.');
    return LISTS[pair] ?? 'atomic';
  }

  get atomicMap(): boolean {
    const last = this.#path.at(-1) ?? '';
    return ATOMIC_MAPS.has(last);
  }

  member(name: string): Shape {
    return new BuiltinShape([...this.#path.slice(-1), name]);
  }

  item(): Shape {
    return this;
  }

  declares(): boolean {
    return !MAPS.has(this.#path.at(-1) ?? '');
  }
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
    return keyed(keys, Object.fromEntries(given));
  }

  get atomicMap(): boolean {
    return this.#schema['x-kubernetes-map-type'] === 'atomic';
  }

  member(name: string): Shape {
    const own = this.#property(name);
    return new SchemaShape(fieldsOf(own ?? this.#schema['additionalProperties']));
  }

  item(): Shape {
    return new SchemaShape(fieldsOf(this.#schema['items']));
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
    return name === 'metadata' ? new BuiltinShape(['metadata']) : super.member(name);
  }

  override declares(name: string): boolean {
    return name === 'metadata' || super.declares(name);
  }
}

/** The shape of a resource's objects. */
export function shapeOf({ builtin, schema }: Pick<ApiResource, 'builtin' | 'schema'>): Shape {
  return builtin ? new BuiltinShape([]) : new CustomShape(schema);
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
