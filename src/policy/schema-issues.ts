import type { Schema } from '../domain/schemas/schema.ts';
import { closest } from '../lib/closest.ts';
import {
  JsonDouble,
  isJsonArray,
  isJsonObject,
  stringifyLosslessJson,
  type Json,
} from '../lib/lossless-json.ts';
import type { PolicyIssue } from './compile.ts';

/**
 * Where a value does not meet a schema: types, required and unknown fields, enumerations, lengths and patterns.
 * @param path of the value, e.g. `spec`
 */
export function schemaIssues(schema: Schema, value: Json, path: string): readonly PolicyIssue[] {
  const wanted = schema.type;
  if (wanted !== undefined && !hasType(wanted, value)) {
    return [{ field: path, message: `must be ${article(wanted)}, not ${nameOf(value)}` }];
  }
  if (isJsonObject(value)) return objectIssues(schema, value, path);
  if (isJsonArray(value)) return listIssues(schema, value, path);
  return typeof value === 'string' ? textIssues(schema, value, path) : [];
}

function objectIssues(
  schema: Schema,
  value: Readonly<Record<string, Json>>,
  path: string,
): readonly PolicyIssue[] {
  const missing = (schema.required ?? [])
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => ({ field: `${path}.${key}`, message: 'is required' }));
  const { properties, additionalProperties } = schema;
  const inner = Object.entries(value).flatMap(([key, member]): readonly PolicyIssue[] => {
    const field = `${path}.${key}`;
    const own =
      properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const known = own ?? additionalProperties;
    if (known !== undefined) return schemaIssues(known, member, field);
    if (properties === undefined || schema['x-kubernetes-preserve-unknown-fields']) return [];
    const names = Object.keys(properties);
    return [{ field, message: `unknown field; ${meant(key, names)}known: ${names.join(', ')}` }];
  });
  return [...missing, ...inner];
}

function listIssues(schema: Schema, value: readonly Json[], path: string): readonly PolicyIssue[] {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  const issues: PolicyIssue[] = [];
  if (value.length < minItems) issues.push({ field: path, message: `needs ${minItems} items` });
  if (value.length > maxItems) {
    issues.push({ field: path, message: `has ${value.length} items; at most ${maxItems}` });
  }
  const keys = schema['x-kubernetes-list-map-keys'];
  const identities = value.map((item) => identityOf(item, keys));
  const isUnique = schema['x-kubernetes-list-type'] !== 'atomic';
  for (const [index, item] of value.entries()) {
    const field = `${path}[${index}]`;
    if (isUnique && identities.indexOf(identities[index]) !== index) {
      issues.push({ field, message: 'is there twice' });
    }
    if (items !== undefined) issues.push(...schemaIssues(items, item, field));
  }
  return issues;
}

/** What makes an item of a set or map list unique; itself when it cannot be compared. */
function identityOf(item: Json, keys: readonly string[] | undefined): unknown {
  if (keys === undefined || !isJsonObject(item)) return item;
  return keys.map((key) => stringifyLosslessJson(item[key] ?? null)).join(' ');
}

function textIssues(schema: Schema, value: string, path: string): readonly PolicyIssue[] {
  const issues: PolicyIssue[] = [];
  const { enum: names, pattern, minLength = 0, maxLength = Infinity } = schema;
  if (names !== undefined && !names.includes(value)) {
    const message = `unknown value; ${meant(value, names)}known: ${names.join(', ')}`;
    issues.push({ field: path, message });
  }
  if (value.length < minLength) issues.push({ field: path, message: 'must not be empty' });
  if (value.length > maxLength) {
    issues.push({ field: path, message: `is longer than ${maxLength} characters` });
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    issues.push({ field: path, message: `must match ${pattern}` });
  }
  return issues;
}

function hasType(type: NonNullable<Schema['type']>, value: Json): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return isJsonArray(value);
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' || value instanceof JsonDouble;
  }
}

function meant(name: string, known: readonly string[]): string {
  const candidate = closest(name, known);
  return candidate === undefined ? '' : `did you mean ${candidate}? `;
}

function article(type: string): string {
  if (type === 'array') return 'a list';
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function nameOf(value: Json): string {
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'a list';
  if (isJsonObject(value)) return 'an object';
  return typeof value === 'string'
    ? 'a string'
    : typeof value === 'boolean'
      ? 'a boolean'
      : 'a number';
}
