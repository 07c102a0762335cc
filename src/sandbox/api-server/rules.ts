import type { UserInfo } from '../../domain/decision.ts';
import type { Cause } from './api-error.ts';
import type { Fields } from './json.ts';

/** Evaluates the `x-kubernetes-validations` of one schema. */
export interface SchemaRules {
  /** Whether there is no rule at all. */
  readonly isEmpty: boolean;
  /** Rules that do not compile, as causes below `field`; the definition is refused then. */
  problems(field: string): Cause[];
  /** @param old undefined on create: transition rules are not asked then */
  validate(value: Fields, old: Fields | undefined): Cause[];
}

/** What match conditions may read. */
export interface MatchFacts {
  readonly request: Fields;
  readonly object: Fields | null;
  readonly oldObject: Fields | null;
  readonly user: UserInfo;
}

/** How the server evaluates CEL. */
export interface RuleEngine {
  compileSchema(schema: Fields): SchemaRules;
  /** @returns what is wrong with the expression; undefined when it compiles */
  conditionProblem(expression: string): string | undefined;
  /** @throws Error with the text for the writer when the evaluation fails */
  matches(expression: string, facts: MatchFacts): boolean;
}
