import type { RuleEngine } from './rules.ts';

/** An engine without CEL: schemas have no rules, match conditions always hold. */
export const noRules: RuleEngine = {
  compileSchema: () => ({ problems: () => [], validate: () => [] }),
  conditionProblem: () => undefined,
  matches: () => true,
};
