import { invalidField, requiredField, type Cause } from '../api-error.ts';
import { fieldsOf, isFields, textOf, type Fields } from '../json.ts';

const TYPES = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);
const REFUSED = ['$ref', 'definitions', 'dependencies', 'patternProperties', 'additionalItems'];

/**
 * What keeps a schema from being structural, as far as it matters here: every node says its type, and nothing that the
 * API server forbids is used.
 */
export function structuralProblems(schema: Fields, field: string): Cause[] {
  const causes: Cause[] = [];
  for (const key of REFUSED) {
    if (schema[key] !== undefined) {
      causes.push({
        reason: 'FieldValueForbidden',
        message: `Forbidden: ${key} is not supported`,
        field: `${field}.${key}`,
      });
    }
  }
  causes.push(...typeProblems(schema, field));
  for (const [key, member] of Object.entries(fieldsOf(schema['properties']))) {
    causes.push(...structuralProblems(fieldsOf(member), `${field}.properties[${key}]`));
  }
  for (const key of ['items', 'additionalProperties']) {
    const inner = schema[key];
    if (isFields(inner)) causes.push(...structuralProblems(inner, `${field}.${key}`));
  }
  return causes;
}

function typeProblems(schema: Fields, field: string): Cause[] {
  const type = schema['type'];
  if (type === undefined) {
    const isFree =
      schema['x-kubernetes-int-or-string'] === true ||
      schema['x-kubernetes-preserve-unknown-fields'] === true;
    return isFree
      ? []
      : [requiredField(`${field}.type`, 'must not be empty for specified object fields')];
  }
  if (!TYPES.has(textOf(type))) {
    return [invalidField(`${field}.type`, type, `must be one of ${[...TYPES].join(', ')}`)];
  }
  if (type === 'array' && !isFields(schema['items'])) return [requiredField(`${field}.items`)];
  return [];
}
