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
import { CelRuntimeError, compileRegex } from './expression.ts';
import { numberOf } from './json-patch.ts';

/**
 * Where a value does not meet a schema: types, required and unknown fields, enumerations, ranges, lengths,
 * formats and patterns (RE2, as in the API server).
 * @param path of the value, e.g. `spec`
 */
export function schemaIssues(schema: Schema, value: Json, path: string): readonly PolicyIssue[] {
  const wanted = schema.type;
  if (value === null && schema.nullable === true) return [];
  if (wanted !== undefined && !hasType(wanted, value)) {
    return [{ field: path, message: `must be ${article(wanted)}, not ${nameOf(value)}` }];
  }
  if (isJsonObject(value)) return objectIssues(schema, value, path);
  if (isJsonArray(value)) return listIssues(schema, value, path);
  if (typeof value === 'string') return textIssues(schema, value, path);
  return numberIssues(schema, numberOf(value), path);
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
    const list = names.length === 0 ? 'there are none' : `known: ${names.join(', ')}`;
    return [{ field, message: `unknown field; ${meant(key, names)}${list}` }];
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
  const { enum: names, minLength = 0, maxLength = Infinity } = schema;
  if (names !== undefined && !names.includes(value)) {
    const message = `unknown value; ${meant(value, names)}known: ${names.join(', ')}`;
    issues.push({ field: path, message });
  }
  if (value.length < minLength) {
    const message = minLength === 1 ? 'must not be empty' : `needs ${minLength} characters`;
    issues.push({ field: path, message });
  }
  if (value.length > maxLength) {
    issues.push({ field: path, message: `is longer than ${maxLength} characters` });
  }
  return [...issues, ...formIssues(schema, value, path)];
}

function formIssues(
  { pattern, format = '' }: Schema,
  value: string,
  path: string,
): readonly PolicyIssue[] {
  const isMatching = pattern === undefined || compileRegex(pattern).matcher(value).find();
  const isFormed = FORMATS[format]?.test(value) ?? true;
  return [
    ...(isMatching ? [] : [`must match ${pattern}`]),
    ...(isFormed ? [] : [`must be a ${format}`]),
  ].map((message) => ({ field: path, message }));
}

/** Formats, and how texts of them look; those of numbers are about the numbers themselves. */
export const FORMATS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  'date-time':
    /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/,
  duration: /^-?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  int32: /^/,
  int64: /^/,
  float: /^/,
  double: /^/,
};

/** Why a pattern is none of RE2's; undefined when it is. */
export function patternProblem(pattern: string): string | undefined {
  try {
    compileRegex(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof CelRuntimeError) return 'is no regular expression of RE2';
    throw error;
  }
}

const INT32 = 2 ** 31;

/** @param value undefined for what is no number */
function numberIssues(
  { minimum = -Infinity, maximum = Infinity, format, enum: names }: Schema,
  value: number | undefined,
  path: string,
): readonly PolicyIssue[] {
  if (value === undefined) return [];
  const known: readonly unknown[] | undefined = names;
  const isOutside = format === 'int32' && (value < -INT32 || value >= INT32);
  return [
    ...(value < minimum ? [`must be at least ${minimum}`] : []),
    ...(value > maximum ? [`must be at most ${maximum}`] : []),
    ...(isOutside ? ['must be an int32'] : []),
    ...(known?.includes(value) === false ? [`unknown value; known: ${known.join(', ')}`] : []),
  ].map((message) => ({ field: path, message }));
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
