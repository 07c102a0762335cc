import type { Schema } from '../domain/schemas/schema.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { numberOf } from './json-patch.ts';

type Members = Readonly<Record<string, Json>>;

/**
 * A sound schema with plain numbers, in which an object without further members says so, as our own schemas do.
 * Defaults are left out.
 */
export function plainSchema(schema: Json): Schema {
  if (!isJsonObject(schema)) return {};
  const { type, properties, items, additionalProperties } = schema;
  const isOpen = additionalProperties === true || schema[PRESERVE] === true;
  const plain = Object.entries(schema).filter(([key]) => !APART.has(key));
  return {
    ...Object.fromEntries(plain.map(([key, value]) => [key, plainValue(value)])),
    ...(type === 'object' ? { properties: plainMembers(properties) } : {}),
    ...(isOpen ? { [PRESERVE]: true } : {}),
    ...(isJsonObject(additionalProperties)
      ? { additionalProperties: plainSchema(additionalProperties) }
      : {}),
    // Only sets and maps of ours forbid the same item twice.
    ...(items === undefined
      ? {}
      : { items: plainSchema(items), 'x-kubernetes-list-type': 'atomic' as const }),
  };
}

const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
/** What is not taken over as it is. */
const APART: ReadonlySet<string> = new Set([
  'properties',
  'items',
  'additionalProperties',
  'default',
  PRESERVE,
]);

function plainMembers(properties: Json | undefined): Readonly<Record<string, Schema>> {
  const members = Object.entries(membersOf(properties));
  return Object.fromEntries(members.map(([key, property]) => [key, plainSchema(property)]));
}

function plainValue(value: Json): unknown {
  return isJsonArray(value) ? value.map(plainValue) : (numberOf(value) ?? value);
}

function membersOf(value: Json | undefined): Members {
  return isJsonObject(value) ? value : {};
}
