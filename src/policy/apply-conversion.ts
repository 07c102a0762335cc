import type { TypeSchema } from '../domain/kind-schemas/kind-schemas.ts';
import { isList, isMap } from '../domain/structured-merge/value.ts';

/**
 * Why a configuration cannot become an object of a builtin kind although it fits its schema: a whole number is wanted
 * where it has a fraction, or a number or text where it is neither.
 * @returns undefined when nothing is known against it
 */
export function conversionProblem(value: unknown, schema: TypeSchema): string | undefined {
  const isFraction = typeof value === 'number' && !Number.isInteger(value);
  if (schema.type === 'integer') {
    return isFraction ? `cannot convert float64 to ${schema.format ?? 'int64'}` : undefined;
  }
  if (schema.format === 'int-or-string') {
    const misfit = isFraction ? `number ${value}` : typeof value === 'boolean' ? 'bool' : undefined;
    return misfit && `json: cannot unmarshal ${misfit} into Go value of type int32`;
  }
  if (isList(value)) {
    const { items } = schema;
    return items === undefined
      ? undefined
      : firstOf(value, (entry) => conversionProblem(entry, items));
  }
  if (!isMap(value)) return undefined;
  return firstOf(Object.entries(value), ([key, member]) => {
    const inner = memberSchema(schema, key);
    return inner === undefined ? undefined : conversionProblem(member, inner);
  });
}

function memberSchema(schema: TypeSchema, key: string): TypeSchema | undefined {
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function firstOf<T>(
  values: readonly T[],
  problemOf: (value: T) => string | undefined,
): string | undefined {
  for (const value of values) {
    const problem = problemOf(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
