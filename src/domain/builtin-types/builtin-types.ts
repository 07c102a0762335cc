import { TYPE_TEXTS } from './type-texts.ts';
import { TYPE_TABLE } from './type-table.ts';

/** A JSON object of unknown shape. */
type Fields = Record<string, unknown>;

const SCALARS: Readonly<Record<string, Fields>> = {
  str: { type: 'string' },
  int: { type: 'integer', format: 'int32' },
  long: { type: 'integer', format: 'int64' },
  num: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
  bytes: { type: 'string', format: 'byte' },
  quantity: { format: 'quantity', oneOf: [{ type: 'string' }, { type: 'number' }] },
  intstr: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
};

const lines = new Map(
  TYPE_TABLE.trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...fields] = line.split(' ');
      return [name.replace('*', ''), { isAtomic: name.endsWith('*'), fields }] as const;
    }),
);
const made = new Map<string, Fields>();
const names = new WeakMap<Fields, string>();

/**
 * The OpenAPI v3 schema of a builtin type. Types refer to themselves, so a schema may hold itself: see {@link typeNameOf}.
 * @returns the same object each time; undefined for a type that is not known
 */
export function builtinType(name: string): Fields | undefined {
  const known = made.get(name);
  if (known !== undefined) return known;
  const line = lines.get(name);
  if (line === undefined) return undefined;
  const properties: Fields = {};
  const schema: Fields = {
    type: 'object',
    ...(TYPE_TEXTS[name] === undefined ? {} : { description: TYPE_TEXTS[name] }),
    properties,
    ...(line.isAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  };
  made.set(name, schema);
  names.set(schema, name);
  const required: string[] = [];
  for (const field of line.fields) {
    const colon = field.indexOf(':');
    const member = field.slice(0, colon).replace('!', '');
    if (field[colon - 1] === '!') required.push(member);
    properties[member] = described(typeSchema(field.slice(colon + 1)), `${name}.${member}`);
  }
  if (required.length > 0) schema['required'] = required;
  return schema;
}

/** The name of a type that {@link builtinType} made; such a schema is published once and referred to. */
export function typeNameOf(schema: Fields): string | undefined {
  return names.get(schema);
}

function described(schema: Fields, place: string): Fields {
  const description = TYPE_TEXTS[place];
  // A type of the table keeps its identity, and its own description.
  if (description === undefined || names.has(schema)) return schema;
  return { ...schema, description };
}

function typeSchema(text: string): Fields {
  const [type = '', given] = text.split('=');
  if (given !== undefined) return { ...typeSchema(type), default: given };
  if (type.startsWith('[]')) return listSchema(type.slice(2));
  const map = /^\{(\*?)\}(.*)$/.exec(type);
  if (map !== null) {
    const [, star, inner = ''] = map;
    const atomic = star === '*' ? { 'x-kubernetes-map-type': 'atomic' } : {};
    return { type: 'object', additionalProperties: typeSchema(inner), ...atomic };
  }
  return SCALARS[type] ?? builtinType(type) ?? {};
}

function listSchema(text: string): Fields {
  const [item = '', keys] = text.split('@');
  const list = { type: 'array', items: typeSchema(item) };
  if (keys === undefined) return list;
  if (keys === '') return { ...list, 'x-kubernetes-list-type': 'set' };
  return {
    ...list,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys.split(','),
  };
}
