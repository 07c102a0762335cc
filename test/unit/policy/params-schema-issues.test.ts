import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { paramsSchemaIssues } from '../../../src/policy/params-schema-issues.ts';
import { policyIssues } from '../../../src/policy/policy-issues.ts';

const of = (properties: Record<string, Json>): Json => ({ type: 'object', properties });
const found = (schema: Json): string[] =>
  paramsSchemaIssues(schema, 's').map(({ field, message }) => `${field}: ${message}`);

function nested(levels: number): Json {
  return levels === 0 ? { type: 'string' } : of({ a: nested(levels - 1) });
}

describe('a schema of parameters', () => {
  it('may use what is known', () => {
    const schema = {
      type: 'object',
      description: 'd',
      required: ['max'],
      properties: {
        max: { type: 'integer', minimum: 1, maximum: 100, format: 'int32', default: 20 },
        names: {
          type: 'array',
          minItems: 1,
          maxItems: 3,
          items: { type: 'string', minLength: 1, maxLength: 9, pattern: '^[a-z]+$' },
        },
        mode: { type: 'string', enum: ['a', 'b'], default: 'a', nullable: true },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        share: { type: 'number', maximum: 0.5 },
      },
    };
    expect(found(schema)).toEqual([]);
  });

  it.each<[string, Json, string]>([
    ['no object', 'x', 's: must be an object, not a string'],
    ['another type', { type: 'string' }, 's.type: must be object: parameters are one object'],
    ['no type', of({ a: {} }), 's.properties.a.type: is required'],
    [
      'an unknown type',
      of({ a: { type: 'strin' } }),
      's.properties.a.type: unknown value; did you mean string?',
    ],
    [
      'an unknown keyword',
      of({ a: { type: 'string', minLenght: 1 } }),
      's.properties.a.minLenght: unknown field; did you mean minLength?',
    ],
    [
      'a keyword of another type',
      of({ a: { type: 'string', minimum: 1 } }),
      's.properties.a.minimum: does not go with type string',
    ],
    ['a list of nothing', of({ a: { type: 'array' } }), 's.properties.a.items: is required'],
    [
      'a negative length',
      of({ a: { type: 'string', minLength: -1 } }),
      's.properties.a.minLength: must be at least 0',
    ],
    [
      'an empty range',
      of({ a: { type: 'integer', minimum: 3, maximum: 2 } }),
      's.properties.a.minimum: is above maximum',
    ],
    [
      'a pattern that RE2 does not have',
      of({ a: { type: 'string', pattern: '(?=x)' } }),
      's.properties.a.pattern: is no regular expression of RE2',
    ],
    [
      'a required field that is none',
      { type: 'object', properties: {}, required: ['a'] },
      's.required[0]: is none of the properties',
    ],
    [
      'a default that does not fit',
      of({ a: { type: 'integer', maximum: 5, default: 6 } }),
      's.properties.a.default: must be at most 5',
    ],
    [
      'a value of an enumeration that does not fit',
      of({ a: { type: 'string', enum: ['a', 1] } }),
      's.properties.a.enum[1]: must be a string, not a number',
    ],
    [
      'properties and a schema of others',
      { type: 'object', properties: {}, additionalProperties: { type: 'string' } },
      's.additionalProperties: a schema of further members and properties exclude each other',
    ],
    [
      'other members that are no schema',
      { type: 'object', additionalProperties: 'yes' },
      's.additionalProperties: must be an object, not a string',
    ],
    ['too many levels', nested(9), 'is deeper than 8 levels'],
    [
      'too many schemas',
      of(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, { type: 'string' }]))),
      'is more than the 256 schemas that one may hold',
    ],
    ['too much text', of({ ['a'.repeat(20_000)]: { type: 'string' } }), 'is longer than 16384'],
  ])('is refused with %s', (_, schema, text) => {
    expect(found(schema).join('\n')).toContain(text);
  });
});

describe('a policy that is written with a schema', () => {
  const written = (spec: Readonly<Record<string, Json>>): Json => ({
    kind: 'RolloutPolicy',
    metadata: { name: 'p' },
    spec: { validations: [{ expression: 'true' }], ...spec },
  });

  it('gives the place in the policy', () => {
    expect(policyIssues(written({ paramsSchema: of({ a: { type: 'text' } }) }))).toMatchObject([
      { field: 'spec.paramsSchema.properties.a.type' },
    ]);
  });

  it('cannot have a paramKind, too', () => {
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    expect(policyIssues(written({ paramKind, paramsSchema: of({}) }))).toEqual([
      { field: 'spec.paramsSchema', message: 'paramKind and paramsSchema exclude each other' },
    ]);
  });

  const paramsSchema = of({
    maxStep: { type: 'integer' },
    names: of({ first: { type: 'string' } }),
  });
  const ofExpression = (expression: string) =>
    policyIssues(written({ paramsSchema, validations: [{ expression }] }));

  it.each([
    ['params.maxstep > 1', "by paramsSchema: undefined field 'maxstep'; did you mean maxStep?"],
    ['params.maxStep == "a"', 'by paramsSchema: found no matching overload'],
    ['params.names.frist == "a"', 'did you mean first?'],
  ])('names only what the schema has: %s', (expression, text) => {
    const [issue] = ofExpression(expression);
    expect(issue).toMatchObject({ field: 'spec.validations[0].expression', line: 1 });
    expect(issue?.message).toContain(text);
  });

  it.each([
    'params == null || params.maxStep > 1',
    'params.?maxStep.orValue(2) > 1',
    'has(params.names) && params.names.first == "a"',
  ])('takes what fits: %s', (expression) => {
    expect(ofExpression(expression)).toEqual([]);
  });
});
