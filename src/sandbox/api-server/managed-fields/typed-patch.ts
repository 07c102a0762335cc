import { builtinType } from '../../../domain/builtin-types/builtin-types.ts';
import { fieldsOf, isFields, type Fields } from '../json.ts';
import type { ApiResource } from '../resource.ts';
import { goSyntax, goText, goType } from './go-value.ts';
import { keysOfEntry, shapeOf, type Shape } from './shape.ts';

/**
 * Where a configuration that is applied does not fit its schema, as structured-merge-diff words it; sorted. Absent keys of
 * entries and what is absent altogether are left to the validation of the merged object.
 */
export function typeErrorsOf(
  configuration: Fields,
  resource: Pick<ApiResource, 'builtin' | 'schema'>,
): string[] {
  const errors: string[] = [];
  const { builtin, schema } = resource;
  const root = builtin ? schema : withMetadata(schema);
  checkFields(configuration, root, { path: '', shape: shapeOf(resource), errors, isRoot: true });
  return [...new Set(errors)].sort();
}

interface Walk {
  readonly path: string;
  readonly shape: Shape;
  readonly errors: string[];
  readonly isRoot: boolean;
}

/** Metadata of a custom resource are those of every kind, whatever its schema says of them. */
function withMetadata(schema: Fields): Fields {
  const properties = { ...fieldsOf(schema['properties']), metadata: builtinType('ObjectMeta') };
  return { ...schema, properties };
}

const TYPE_MEMBERS = new Set(['apiVersion', 'kind']);
const EMBEDDED_MEMBERS = new Set([...TYPE_MEMBERS, 'metadata']);
const NO_MEMBERS = new Set<string>();

function checkFields(value: Fields, schema: Fields, walk: Walk): void {
  const { path, shape, errors, isRoot } = walk;
  const properties = fieldsOf(schema['properties']);
  const additional = schema['additionalProperties'];
  const keepsUnknown =
    additional === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const known = isEmbedded ? EMBEDDED_MEMBERS : isRoot ? TYPE_MEMBERS : NO_MEMBERS;
  for (const [key, member] of Object.entries(value)) {
    if (known.has(key)) continue;
    const inner = Object.hasOwn(properties, key) ? properties[key] : additional;
    const place = `${path}.${key}`;
    if (isFields(inner)) {
      check(member, inner, { path: place, shape: shape.member(key), errors, isRoot: false });
    } else if (!keepsUnknown) errors.push(`${place}: field not declared in schema`);
  }
}

function check(value: unknown, schema: Fields, walk: Walk): void {
  if (value === null) return;
  const { path, errors } = walk;
  const expect = (isFit: boolean, what: string): boolean => {
    if (!isFit) errors.push(`${path}: expected ${what}`);
    return isFit;
  };
  switch (schema['type']) {
    case 'object':
      if (expect(isFields(value), `map, got &{${goText(value)}}`)) {
        checkFields(value as Fields, schema, walk);
      }
      return;
    case 'array':
      if (expect(Array.isArray(value), `list, got &{${goText(value)}}`)) {
        checkEntries(value as unknown[], fieldsOf(schema['items']), walk);
      }
      return;
    case 'string': {
      const shown = `&value.valueUnstructured{Value:${goSyntax(value)}}`;
      expect(typeof value === 'string', `string, got ${shown}`);
      return;
    }
    case 'boolean':
      expect(typeof value === 'boolean', `boolean, got &{${goText(value)}}`);
      return;
    case 'integer':
    case 'number':
      expect(typeof value === 'number', `numeric (int or float), got ${goType(value)}`);
  }
}

function checkEntries(entries: readonly unknown[], items: Fields, walk: Walk): void {
  const { path, shape, errors } = walk;
  const isKeyed = shape.list !== 'atomic' && shape.list !== 'set';
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (isKeyed && !isFields(entry)) {
      const why = 'associative list with keys may not have non-map elements';
      errors.push(`${path}: element ${index}: ${why}`);
      continue;
    }
    const key = placeOf(entry, index, shape);
    if (seen.has(key)) errors.push(`${path}: duplicate entries for key ${key}`);
    seen.add(key);
    check(entry, items, { path: path + key, shape: shape.item(), errors, isRoot: false });
  }
}

/** How an entry of a list is named: by its position, its value or its keys. */
function placeOf(entry: unknown, index: number, { list }: Shape): string {
  if (list === 'atomic') return `[${index}]`;
  if (list === 'set') return `[=${JSON.stringify(entry)}]`;
  const keys = Object.entries(keysOfEntry(entry, list));
  // Without its keys an entry is refused later on.
  if (keys.length === 0) return `[${index}]`;
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}
