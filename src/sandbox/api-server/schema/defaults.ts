import { fieldsOf, isFields, listOf, type Fields } from '../json.ts';

/**
 * Fills the defaults of a structural schema, and drops null members that are not nullable but have a default, as the
 * API server does. Changes the value.
 */
export function applyDefaults(value: unknown, schema: Fields): void {
  if (isFields(value)) {
    defaultMembers(value, schema);
    return;
  }
  const items = schema['items'];
  if (!isFields(items)) return;
  for (const entry of listOf(value)) applyDefaults(entry, items);
}

function defaultMembers(value: Fields, schema: Fields): void {
  const properties = fieldsOf(schema['properties']);
  for (const [key, property] of Object.entries(properties)) {
    const member = fieldsOf(property);
    const present = Object.hasOwn(value, key) ? value[key] : undefined;
    const isMissing = present === undefined || (present === null && member['nullable'] !== true);
    if (isMissing && member['default'] !== undefined) {
      value[key] = structuredClone(member['default']);
    }
    if (value[key] !== undefined) applyDefaults(value[key], member);
  }
  const additional = schema['additionalProperties'];
  if (!isFields(additional)) return;
  for (const [key, member] of Object.entries(value)) {
    if (!Object.hasOwn(properties, key)) applyDefaults(member, additional);
  }
}
