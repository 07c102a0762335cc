import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';

type Members = Readonly<Record<string, Json>>;

/** The value with the defaults of absent members filled in, as the API server fills those of custom resources. */
export function withDefaults(schema: Json, value: Json): Json {
  if (!isJsonObject(schema)) return value;
  if (value === null && schema['nullable'] !== true && schema['default'] !== undefined) {
    return schema['default'];
  }
  if (isJsonArray(value)) {
    const items = schema['items'];
    return items === undefined ? value : value.map((item) => withDefaults(items, item));
  }
  return isJsonObject(value) ? withMembers(schema, value) : value;
}

function withMembers(schema: Members, value: Members): Json {
  const properties = membersOf(schema['properties']);
  const others = schema['additionalProperties'] ?? null;
  const given = Object.entries(value).map(([key, member]): [string, Json] => [
    key,
    withDefaults(Object.hasOwn(properties, key) ? (properties[key] ?? null) : others, member),
  ]);
  const absent = Object.entries(properties).flatMap(([key, property]): [string, Json][] => {
    const standard = isJsonObject(property) ? property['default'] : undefined;
    return standard === undefined || Object.hasOwn(value, key)
      ? []
      : [[key, withDefaults(property, standard)]];
  });
  return Object.fromEntries([...given, ...absent]);
}

function membersOf(value: Json | undefined): Members {
  return isJsonObject(value) ? value : {};
}
