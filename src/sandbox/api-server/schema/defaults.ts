import { fieldsOf, isFields, listOf, type Fields, cloneJson } from '../json.ts';

/**
 * Fills the defaults of a structural schema, and drops null members that are not nullable, as the API server does. Changes the value.
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
    dropNull(value, key, member);
    if (!Object.hasOwn(value, key) && member['default'] !== undefined) {
      value[key] = cloneJson(member['default']);
    }
    if (Object.hasOwn(value, key)) applyDefaults(value[key], member);
  }
  const additional = schema['additionalProperties'];
  if (!isFields(additional)) return;
  for (const key of Object.keys(value).filter((name) => !Object.hasOwn(properties, name))) {
    dropNull(value, key, additional);
    applyDefaults(value[key], additional);
  }
}

function dropNull(value: Fields, key: string, schema: Fields): void {
  if (value[key] === null && schema['nullable'] !== true) Reflect.deleteProperty(value, key);
}
