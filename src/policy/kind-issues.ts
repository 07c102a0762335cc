import {
  kindText,
  type KindSchemas,
  type TypeSchema,
} from '../domain/kind-schemas/kind-schemas.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import { closest } from '../lib/closest.ts';
import { compileStoredPolicy, type PolicyIssue } from './compile.ts';
import { matchedKinds } from './matched-kinds.ts';
import { typesOf } from './type-check.ts';

/**
 * What can never be right about the expressions of a policy, given the schemas of all kinds that it matches: fields that
 * none of them has, and values compared or combined with another type. It says less than Kubernetes' own check, which
 * warns of much that does no harm.
 * @param known issues that the policy has whatever it matches; they are not repeated
 * @returns in the order of the fields; none when the rules may match other kinds, or a kind is not known
 */
export function kindIssues(
  policy: RolloutPolicy,
  schemas: KindSchemas,
  known: readonly PolicyIssue[],
): readonly PolicyIssue[] {
  const { kinds, isComplete } = matchedKinds(policy.spec.matchConstraints ?? {}, schemas);
  if (!isComplete) return [];
  const passed = new Set(known.map(keyOf));
  const found = kinds.map((kind) => {
    const types = typesOf(policy, { kind, schemas, reading: 'actual' });
    if (types === undefined) return [];
    return compileStoredPolicy(policy, { types }).issues.filter(
      (issue) => !passed.has(keyOf(issue)) && isCertain(issue, kind.kind),
    );
  });
  const [first = [], ...others] = found;
  const everywhere = first.filter((issue) =>
    others.every((issues) => issues.some((other) => placeOf(other) === placeOf(issue))),
  );
  const names = kinds.map(kindText).join('; ');
  const fields = kinds.flatMap((kind) => fieldNames(schemas.schemaOf(kind)?.schema));
  return everywhere.map((issue) => ({
    ...issue,
    message: `for ${names}: ${issue.message}${fieldHint(issue.message, fields)}`,
  }));
}

/** The names of all fields in a schema. */
export function fieldNames(schema: TypeSchema | undefined): readonly string[] {
  const names = new Set<string>();
  const seen = new Set<TypeSchema>();
  const queue = schema === undefined ? [] : [schema];
  for (let each = queue.pop(); each !== undefined; each = queue.pop()) {
    if (seen.has(each)) continue;
    seen.add(each);
    const { properties = {}, items, additionalProperties } = each;
    for (const [name, property] of Object.entries(properties)) {
      names.add(name);
      queue.push(property);
    }
    if (items !== undefined) queue.push(items);
    if (typeof additionalProperties === 'object') queue.push(additionalProperties);
  }
  return [...names];
}

/** `; did you mean …?` for an unknown field that is nearly a known one. */
export function fieldHint(message: string, fields: readonly string[]): string {
  const name = /^undefined field '(\w+)'$/.exec(message)?.[1];
  const meant = name === undefined ? undefined : closest(name, fields);
  return meant === undefined || meant === name ? '' : `; did you mean ${meant}?`;
}

function keyOf(issue: PolicyIssue): string {
  return `${placeOf(issue)} ${issue.message}`;
}

function placeOf({ field, line, column }: PolicyIssue): string {
  return `${field} ${line ?? ''}:${column ?? ''}`;
}

/**
 * What is wrong by type alone may be right at run time, where objects are maps, and anything may be null or absent.
 * @param kind name of the type that objects have in the message
 */
export function isCertain({ message }: PolicyIssue, kind: string): boolean {
  const applied = /^found no matching overload for '(.*)' applied to '(.*)'$/.exec(message);
  if (applied === null) return true;
  const [, name = '', types = ''] = applied;
  const isAboutMaps = new RegExp(`\\b${kind}\\b`, 'u').test(types);
  return name !== '_?_:_' && !isAboutMaps && !/\bnull\b|optional_type/.test(types);
}
