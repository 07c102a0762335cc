import { kindText, type KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import { parseApiVersion } from '../domain/object.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import { LruMap } from '../lib/lru.ts';
import { compileStoredPolicy, type CompiledPolicy } from './compile.ts';
import {
  schemaType,
  type Expression,
  type ExpressionTypes,
  type SchemaReading,
} from './expression.ts';
import { matchedKinds } from './matched-kinds.ts';

/** What a type check found in one expression; an entry of `status.typeChecking.expressionWarnings`. */
export interface TypeCheckWarning {
  /** Path of the field, e.g. `spec.validations[0].expression`. */
  readonly fieldRef: string;
  /** For each kind it was checked against: the kind and what is wrong, as the API server words it. */
  readonly warning: string;
}

/** Characters of a warning that are kept. */
const MAX_WARNING = 16384;

/**
 * Checks the validations and their messages against the schemas of the kinds that the policy's rules name, as Kubernetes
 * checks a ValidatingAdmissionPolicy. It never changes what the policy does.
 * @returns in the order of the fields; empty when nothing is wrong or no kind is known
 */
export function typeCheckWarnings(
  policy: RolloutPolicy,
  schemas: KindSchemas,
): readonly TypeCheckWarning[] {
  const known = checked.get(schemas) ?? new LruMap(MAX_CHECKED);
  checked.set(schemas, known);
  const key = digestOf({ kind: policy.kind, spec: policy.spec as unknown as Json });
  const before = known.get(key);
  if (before !== undefined) return before;
  const warnings = warningsOf(policy, schemas);
  known.set(key, warnings);
  return warnings;
}

/** What was found lately: the status of a policy is made far more often than the policy changes. */
const checked = new WeakMap<KindSchemas, LruMap<string, readonly TypeCheckWarning[]>>();
const MAX_CHECKED = 1000;

function warningsOf(policy: RolloutPolicy, schemas: KindSchemas): readonly TypeCheckWarning[] {
  const { kinds } = matchedKinds(policy.spec.matchConstraints ?? {}, schemas);
  const texts = new Map<string, string[]>();
  for (const kind of kinds) {
    const types = typesOf(policy, { kind, schemas, reading: 'declared' });
    if (types === undefined) continue;
    for (const [fieldRef, problem] of problemsOf(compileStoredPolicy(policy, { types }))) {
      const text = `${kindText(kind)}: ${problem}\n`;
      texts.set(fieldRef, [...(texts.get(fieldRef) ?? []), text]);
    }
  }
  return [...texts]
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([fieldRef, parts]) => ({
      fieldRef,
      warning: parts.join('\n').slice(0, MAX_WARNING).toWellFormed(),
    }));
}

/** The types of `object`, `oldObject` and `params` when a policy is asked about a kind; undefined: it has no schema. */
export function typesOf(
  { spec: { paramKind } }: RolloutPolicy,
  {
    kind,
    schemas,
    reading,
  }: {
    readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
    readonly schemas: KindSchemas;
    readonly reading: SchemaReading;
  },
): ExpressionTypes | undefined {
  const found = schemas.schemaOf(kind);
  if (found === undefined) return undefined;
  const object = schemaType(found.schema, kind.kind, reading);
  if (paramKind === undefined) return { object, oldObject: object };
  const version = parseApiVersion(paramKind.apiVersion);
  const parameters = schemas.schemaOf({ ...version, kind: paramKind.kind });
  return parameters === undefined
    ? { object, oldObject: object }
    : { object, oldObject: object, params: schemaType(parameters.schema, paramKind.kind, reading) };
}

const PREFIX = 'compilation failed: ';

function problemsOf({ validations }: CompiledPolicy): readonly (readonly [string, string])[] {
  return validations.flatMap(({ expression, message }, index) => [
    ...problemOf(`spec.validations[${index}].expression`, expression),
    ...problemOf(`spec.validations[${index}].messageExpression`, message),
  ]);
}

/** What the type of the result is does not matter here. */
function problemOf(
  field: string,
  expression: Expression | undefined,
): readonly (readonly [string, string])[] {
  const { issues, problem } = expression ?? { issues: [], problem: '' };
  const isTyped = issues.some(({ errorClass }) => errorClass !== 'result_type');
  return isTyped ? [[field, problem.replace(PREFIX, '')]] : [];
}

/** Orders the fields: the expression of a validation before its message. */
function placeOf(fieldRef: string): number {
  const index = Number(/\d+/.exec(fieldRef)?.[0]);
  return 2 * index + (fieldRef.endsWith('messageExpression') ? 1 : 0);
}
