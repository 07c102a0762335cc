import type { Schema } from '../domain/schemas/schema.ts';
import {
  isJsonArray,
  isJsonObject,
  stringifyLosslessJson,
  type Json,
} from '../lib/lossless-json.ts';
import type { PolicyIssue } from './compile.ts';
import { numberOf } from './json-patch.ts';
import { plainSchema } from './plain-schema.ts';
import { FORMATS, patternProblem, schemaIssues } from './schema-issues.ts';

/** Levels of schemas within schemas. */
const MAX_DEPTH = 8;
/** Characters of the whole as JSON. */
const MAX_LENGTH = 16_384;
/** Keeps every schema far below the length at which checking it would take long. */
const MAX_SCHEMAS = 256;

const anything: Schema = {};
const count: Schema = { type: 'integer', minimum: 0, maximum: 1_000_000 };

/** One schema, those within it aside: what a structural schema of a custom resource may say, as far as it is known here. */
const KEYWORDS: Schema = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: ['object', 'array', 'string', 'integer', 'number', 'boolean'] },
    title: { type: 'string', maxLength: 256 },
    description: { type: 'string', maxLength: 1024 },
    properties: { type: 'object' },
    required: { type: 'array', maxItems: 64, items: { type: 'string' } },
    additionalProperties: anything,
    items: { type: 'object' },
    enum: { type: 'array', minItems: 1, maxItems: 128, items: anything },
    default: anything,
    nullable: { type: 'boolean' },
    format: { type: 'string', enum: Object.keys(FORMATS) },
    pattern: { type: 'string', maxLength: 1024 },
    minimum: { type: 'number' },
    maximum: { type: 'number' },
    minLength: count,
    maxLength: count,
    minItems: count,
    maxItems: count,
    'x-kubernetes-preserve-unknown-fields': { type: 'boolean' },
  },
};

/** Keywords that only go with some types. */
const TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  properties: ['object'],
  required: ['object'],
  additionalProperties: ['object'],
  items: ['array'],
  minItems: ['array'],
  maxItems: ['array'],
  pattern: ['string'],
  minLength: ['string'],
  maxLength: ['string'],
  format: ['string', 'integer', 'number'],
  minimum: ['integer', 'number'],
  maximum: ['integer', 'number'],
};

type Members = Readonly<Record<string, Json>>;

/**
 * What is wrong with the schema of a policy's parameters.
 * @param path of the schema, e.g. `spec.paramsSchema`
 * @returns empty when values can be checked by it
 */
export function paramsSchemaIssues(schema: Json, path: string): readonly PolicyIssue[] {
  if (stringifyLosslessJson(schema).length > MAX_LENGTH) {
    return [{ field: path, message: `is longer than ${MAX_LENGTH} characters of JSON` }];
  }
  const left = { schemas: MAX_SCHEMAS };
  const issues = oneSchema(schema, { path, depth: 1, left });
  if (issues.length > 0) return issues;
  return isJsonObject(schema) && schema['type'] === 'object'
    ? []
    : [{ field: `${path}.type`, message: 'must be object: parameters are one object' }];
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly left: { schemas: number };
}

function oneSchema(schema: Json, place: Place): readonly PolicyIssue[] {
  const { path, depth, left } = place;
  left.schemas -= 1;
  if (depth > MAX_DEPTH) return [{ field: path, message: `is deeper than ${MAX_DEPTH} levels` }];
  if (left.schemas === 0) {
    return [{ field: path, message: `is more than the ${MAX_SCHEMAS} schemas that one may hold` }];
  }
  const broken = schemaIssues(KEYWORDS, schema, path);
  if (broken.length > 0 || !isJsonObject(schema)) return broken;
  const own = [...typeIssues(schema, path), ...rangeIssues(schema, path)];
  const within = innerSchemas(schema).flatMap(([part, inner]) =>
    oneSchema(inner, { path: `${path}.${part}`, depth: depth + 1, left }),
  );
  const found = [...own, ...within];
  return found.length > 0 ? found : valueIssues(schema, path);
}

function innerSchemas(schema: Members): readonly (readonly [string, Json])[] {
  const { properties, items, additionalProperties } = schema;
  return [
    ...Object.entries(isJsonObject(properties) ? properties : {}).map(
      ([key, property]) => [`properties.${key}`, property] as const,
    ),
    ...(items === undefined ? [] : [['items', items] as const]),
    ...(additionalProperties === undefined || typeof additionalProperties === 'boolean'
      ? []
      : [['additionalProperties', additionalProperties] as const]),
  ];
}

function typeIssues(schema: Members, path: string): readonly PolicyIssue[] {
  const { type } = schema;
  if (typeof type !== 'string') return [{ field: `${path}.type`, message: 'is required' }];
  const misplaced = Object.keys(schema)
    .filter((key) => Object.hasOwn(TYPES_OF, key) && !(TYPES_OF[key] ?? []).includes(type))
    .map((key) => ({ field: `${path}.${key}`, message: `does not go with type ${type}` }));
  const isBare = type === 'array' && schema['items'] === undefined;
  return [
    ...misplaced,
    ...(isBare ? [{ field: `${path}.items`, message: 'is required' }] : []),
    ...memberIssues(schema, path),
  ];
}

function memberIssues(schema: Members, path: string): readonly PolicyIssue[] {
  const { required, additionalProperties } = schema;
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  if (isJsonObject(additionalProperties) && schema['properties'] !== undefined) {
    const message = 'a schema of further members and properties exclude each other';
    return [{ field: `${path}.additionalProperties`, message }];
  }
  const isOpen =
    (additionalProperties ?? false) !== false ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (isOpen || !isJsonArray(required)) return [];
  return required.flatMap((name, index) =>
    typeof name === 'string' && Object.hasOwn(properties, name)
      ? []
      : [{ field: `${path}.required[${index}]`, message: 'is none of the properties' }],
  );
}

function rangeIssues(schema: Members, path: string): readonly PolicyIssue[] {
  const { pattern } = schema;
  const problem = typeof pattern === 'string' ? patternProblem(pattern) : undefined;
  const ranges = ['imum', 'Length', 'Items'].flatMap((what): readonly PolicyIssue[] => {
    const [min, max] = [numberOf(schema[`min${what}`]), numberOf(schema[`max${what}`])];
    const isEmpty = min !== undefined && max !== undefined && min > max;
    return isEmpty ? [{ field: `${path}.min${what}`, message: `is above max${what}` }] : [];
  });
  return [
    ...ranges,
    ...(problem === undefined ? [] : [{ field: `${path}.pattern`, message: problem }]),
  ];
}

/** Values in the schema must meet it themselves. */
function valueIssues(schema: Members, path: string): readonly PolicyIssue[] {
  const { enum: names, default: standard } = schema;
  const plain = plainSchema(schema);
  const items = isJsonArray(names) ? names : [];
  return [
    ...items.flatMap((item, index) => schemaIssues(plain, item, `${path}.enum[${index}]`)),
    ...(standard === undefined ? [] : schemaIssues(plain, standard, `${path}.default`)),
  ];
}
