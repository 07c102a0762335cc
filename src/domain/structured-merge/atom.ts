import type { TypeSchema } from '../kind-schemas/kind-schemas.ts';

/**
 * What merging knows of the value at a place, as structured-merge-diff has it: which of a plain value, a list and a map
 * it may be. A place that may be several is judged by the value that is there.
 */
export interface Atom {
  readonly scalar?: Scalar;
  readonly list?: ListAtom;
  readonly map?: MapAtom;
}

export type Scalar = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface ListAtom {
  /** Replaced as a whole; else it merges by keys, or, without keys, as a set. */
  readonly isAtomic: boolean;
  /** Members of an entry that tell it from others. */
  readonly keys: readonly string[];
  readonly element: Atom;
}

export interface MapAtom {
  /** Replaced as a whole. */
  readonly isAtomic: boolean;
  /** @returns undefined when the member is not declared */
  field(name: string): Atom | undefined;
  /** What an absent member counts as; undefined: nothing. */
  defaultOf(name: string): unknown;
  /** Of members that are not declared; undefined: there are none. */
  readonly element: Atom | undefined;
}

const NO_FIELD = (): undefined => undefined;

/** Anything; lists and maps are replaced as a whole. */
export const UNTYPED: Atom = {
  scalar: 'untyped',
  get list(): ListAtom {
    return UNTYPED_LIST;
  },
  get map(): MapAtom {
    return UNTYPED_MAP;
  },
};
const UNTYPED_LIST: ListAtom = { isAtomic: true, keys: [], element: UNTYPED };
const UNTYPED_MAP: MapAtom = {
  isAtomic: true,
  field: NO_FIELD,
  defaultOf: NO_FIELD,
  element: UNTYPED,
};

/** Anything; maps merge, lists are replaced as a whole. */
export const DEDUCED: Atom = {
  scalar: 'untyped',
  list: UNTYPED_LIST,
  get map(): MapAtom {
    return DEDUCED_MAP;
  },
};
const DEDUCED_MAP: MapAtom = {
  isAtomic: false,
  field: NO_FIELD,
  defaultOf: NO_FIELD,
  element: DEDUCED,
};

const plain = new WeakMap<TypeSchema, Atom>();
const preserving = new WeakMap<TypeSchema, Atom>();

/**
 * The atom of a schema; the same one each time.
 * @param preserves whether a schema around it keeps unknown members, which those below then do too
 */
export function atomOf(schema: TypeSchema, preserves = false): Atom {
  const keeps = preserves || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const known = keeps ? preserving : plain;
  const before = known.get(schema);
  if (before !== undefined) return before;
  const made = makeAtom(schema, keeps);
  known.set(schema, made);
  return made;
}

function makeAtom(schema: TypeSchema, keeps: boolean): Atom {
  // A quantity is written as a text or a number.
  if (schema.format === 'quantity') return { scalar: 'untyped' };
  switch (schema.type) {
    case undefined:
    case '':
      return { scalar: 'untyped', list: new SchemaList(schema, keeps), map: mapOf(schema, keeps) };
    case 'object':
      return { map: mapOf(schema, keeps) };
    case 'array':
      return { list: new SchemaList(schema, keeps) };
    case 'integer':
    case 'number':
      return { scalar: 'numeric' };
    case 'boolean':
      return { scalar: 'boolean' };
    case 'string':
      return { scalar: ['', 'byte'].includes(schema.format ?? '') ? 'string' : 'untyped' };
    default:
      return { scalar: 'untyped' };
  }
}

function mapOf(schema: TypeSchema, keeps: boolean): MapAtom {
  return new SchemaMap(schema, keeps);
}

/** Types may hold themselves, so that what lies below is looked at when it is asked for. */
class SchemaList implements ListAtom {
  readonly isAtomic: boolean;
  readonly keys: readonly string[];
  readonly #schema: TypeSchema;
  readonly #keeps: boolean;

  constructor(schema: TypeSchema, keeps: boolean) {
    const type = schema['x-kubernetes-list-type'];
    this.isAtomic = type !== 'set' && type !== 'map';
    this.keys = type === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
    this.#schema = schema;
    this.#keeps = keeps;
  }

  get element(): Atom {
    const { items } = this.#schema;
    return items === undefined ? UNTYPED : atomOf(items, this.#keeps);
  }
}

class SchemaMap implements MapAtom {
  readonly isAtomic: boolean;
  readonly #schema: TypeSchema;
  readonly #keeps: boolean;

  constructor(schema: TypeSchema, keeps: boolean) {
    this.isAtomic = schema['x-kubernetes-map-type'] === 'atomic';
    this.#schema = schema;
    this.#keeps = keeps;
  }

  field(name: string): Atom | undefined {
    const property = this.#property(name);
    return property === undefined ? undefined : atomOf(property, this.#keeps);
  }

  defaultOf(name: string): unknown {
    return this.#property(name)?.default;
  }

  get element(): Atom | undefined {
    const { properties, additionalProperties } = this.#schema;
    if (additionalProperties === undefined) {
      const isOpen = this.#keeps || Object.keys(properties ?? {}).length === 0;
      return isOpen ? DEDUCED : undefined;
    }
    if (typeof additionalProperties === 'object') return atomOf(additionalProperties, this.#keeps);
    return additionalProperties ? DEDUCED : undefined;
  }

  #property(name: string): TypeSchema | undefined {
    const { properties } = this.#schema;
    return properties !== undefined && Object.hasOwn(properties, name)
      ? properties[name]
      : undefined;
  }
}
