import { RE2JS } from 're2js';
import { invalidField, requiredField, unsupportedValue, type Cause } from '../api-error.ts';
import { fieldsOf, isFields, listOf, sameJson, textOf, type Fields } from '../json.ts';
import { hasFormat } from './formats.ts';

/**
 * Validates a value against a structural schema.
 * @returns causes in the words of the API server; none when the value is valid
 */
export function validateSchema(value: unknown, schema: Fields, path = ''): Cause[] {
  if (value === null) return nullProblems(schema, path);
  const typeCause = typeProblem(value, schema, path);
  if (typeCause !== undefined) return [typeCause];
  return [
    ...enumProblems(value, schema, path),
    ...combinedProblems(value, schema, path),
    ...(typeof value === 'string' ? stringProblems(value, schema, path) : []),
    ...(typeof value === 'number' ? numberProblems(value, schema, path) : []),
    ...(Array.isArray(value) ? arrayProblems(value as unknown[], schema, path) : []),
    ...(isFields(value) ? objectProblems(value, schema, path) : []),
  ];
}

function nullProblems(schema: Fields, path: string): Cause[] {
  if (schema['nullable'] === true || schema['type'] === undefined) return [];
  const type = textOf(schema['type']);
  return [typeCause(path, 'null', type)];
}

function typeCause(path: string, actual: string, wanted: string): Cause {
  const message = `Invalid value: ${JSON.stringify(actual)}: ${path} in body must be of type ${wanted}: ${JSON.stringify(actual)}`;
  return { reason: 'FieldValueTypeInvalid', message, field: path };
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeProblem(value: unknown, schema: Fields, path: string): Cause | undefined {
  const actual = jsonType(value);
  if (schema['x-kubernetes-int-or-string'] === true) {
    const fits = actual === 'integer' || actual === 'string';
    return fits ? undefined : typeCause(path, actual, 'integer or string');
  }
  const wanted = schema['type'];
  if (typeof wanted !== 'string' || wanted === actual) return undefined;
  if (wanted === 'number' && actual === 'integer') return undefined;
  return typeCause(path, actual, wanted);
}

function enumProblems(value: unknown, schema: Fields, path: string): Cause[] {
  const allowed = schema['enum'];
  if (!Array.isArray(allowed) || allowed.some((entry) => sameJson(entry, value))) return [];
  return [unsupportedValue(path, value, allowed.map(String))];
}

function combinedProblems(value: unknown, schema: Fields, path: string): Cause[] {
  // int-or-string schemas carry an anyOf that restates their type.
  const anyOf = schema['x-kubernetes-int-or-string'] === true ? [] : listOf(schema['anyOf']);
  const holds = (branch: unknown): boolean =>
    validateSchema(value, fieldsOf(branch), path).length === 0;
  const causes = listOf(schema['allOf']).flatMap((branch) =>
    validateSchema(value, fieldsOf(branch), path),
  );
  if (anyOf.length > 0 && !anyOf.some(holds)) {
    causes.push(
      invalidField(path, value, `${path} in body must validate at least one schema (anyOf)`),
    );
  }
  const oneOf = listOf(schema['oneOf']);
  const matching = oneOf.filter(holds).length;
  if (oneOf.length > 0 && matching !== 1) {
    const found = matching === 0 ? 'Found none valid' : `Found ${matching} valid alternatives`;
    const text = `${path} in body must validate one and only one schema (oneOf). ${found}`;
    causes.push(invalidField(path, value, text));
  }
  if (isFields(schema['not']) && holds(schema['not'])) {
    causes.push(invalidField(path, value, `${path} in body must not validate the schema (not)`));
  }
  return causes;
}

function stringProblems(value: string, schema: Fields, path: string): Cause[] {
  const { minLength, maxLength, pattern, format } = schema;
  const length = Array.from(value).length;
  const causes: Cause[] = [];
  if (typeof minLength === 'number' && length < minLength) {
    causes.push(
      invalidField(path, value, `${path} in body should be at least ${minLength} chars long`),
    );
  }
  if (typeof maxLength === 'number' && length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} bytes`;
    causes.push({ reason: 'FieldValueTooLong', message, field: path });
  }
  if (typeof pattern === 'string' && !regexOf(pattern).matcher(value).find()) {
    causes.push(invalidField(path, value, `${path} in body should match '${pattern}'`));
  }
  if (typeof format === 'string' && !hasFormat(format, value)) {
    causes.push(
      invalidField(
        path,
        value,
        `${path} in body must be of type ${format}: ${JSON.stringify(value)}`,
      ),
    );
  }
  return causes;
}

// Patterns come from CRDs, whose number is bounded; RE2 keeps a hostile one from stalling the server.
const patterns = new Map<string, RE2JS>();

function regexOf(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const made = RE2JS.compile(pattern);
  if (patterns.size >= 1000) patterns.clear();
  patterns.set(pattern, made);
  return made;
}

function numberProblems(value: number, schema: Fields, path: string): Cause[] {
  const { multipleOf } = schema;
  const texts = [
    boundProblem(value, schema, 'minimum'),
    boundProblem(value, schema, 'maximum'),
    typeof multipleOf === 'number' && !Number.isInteger(value / multipleOf)
      ? `should be a multiple of ${multipleOf}`
      : undefined,
  ];
  return texts
    .filter((text) => text !== undefined)
    .map((text) => invalidField(path, value, `${path} in body ${text}`));
}

function boundProblem(
  value: number,
  schema: Fields,
  bound: 'minimum' | 'maximum',
): string | undefined {
  const limit = schema[bound];
  if (typeof limit !== 'number') return undefined;
  const isExclusive =
    schema[bound === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum'] === true;
  const isBeyond = bound === 'minimum' ? value < limit : value > limit;
  if (!isBeyond && !(isExclusive && value === limit)) return undefined;
  const word = bound === 'minimum' ? 'greater' : 'less';
  return `should be ${word} than ${isExclusive ? '' : 'or equal to '}${limit}`;
}

function arrayProblems(value: readonly unknown[], schema: Fields, path: string): Cause[] {
  const { minItems, maxItems, items } = schema;
  const causes: Cause[] = [];
  if (typeof minItems === 'number' && value.length < minItems) {
    causes.push(
      invalidField(path, value.length, `${path} in body should have at least ${minItems} items`),
    );
  }
  if (typeof maxItems === 'number' && value.length > maxItems) {
    const message = `Too many: ${value.length}: must have at most ${maxItems} items`;
    causes.push({ reason: 'FieldValueTooMany', message, field: path });
  }
  causes.push(...uniquenessProblems(value, schema, path));
  if (isFields(items)) {
    causes.push(...value.flatMap((entry, i) => validateSchema(entry, items, `${path}[${i}]`)));
  }
  return causes;
}

function uniquenessProblems(value: readonly unknown[], schema: Fields, path: string): Cause[] {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'map' && listType !== 'set' && schema['uniqueItems'] !== true) return [];
  const keys = listOf(schema['x-kubernetes-list-map-keys']).map(String);
  const seen: unknown[] = [];
  const causes: Cause[] = [];
  for (const [index, entry] of value.entries()) {
    const id =
      listType === 'map'
        ? Object.fromEntries(keys.map((key) => [key, fieldsOf(entry)[key]]))
        : entry;
    if (seen.some((known) => sameJson(known, id))) {
      const message = `Duplicate value: ${JSON.stringify(id)}`;
      causes.push({ reason: 'FieldValueDuplicate', message, field: `${path}[${index}]` });
    }
    seen.push(id);
  }
  return causes;
}

function objectProblems(value: Fields, schema: Fields, path: string): Cause[] {
  const properties = fieldsOf(schema['properties']);
  const additional = schema['additionalProperties'];
  const causes: Cause[] = [];
  for (const key of listOf(schema['required'])) {
    if (typeof key === 'string' && !Object.hasOwn(value, key))
      causes.push(requiredField(join(path, key)));
  }
  for (const [key, member] of Object.entries(value)) {
    const own = Object.hasOwn(properties, key) ? properties[key] : additional;
    if (isFields(own)) causes.push(...validateSchema(member, own, join(path, key)));
  }
  const count = Object.keys(value).length;
  const { minProperties, maxProperties } = schema;
  if (typeof minProperties === 'number' && count < minProperties) {
    causes.push(
      invalidField(path, count, `${path} in body should have at least ${minProperties} properties`),
    );
  }
  if (typeof maxProperties === 'number' && count > maxProperties) {
    const message = `Too many: ${count}: must have at most ${maxProperties} items`;
    causes.push({ reason: 'FieldValueTooMany', message, field: path });
  }
  return causes;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
