import { invalidField, type Cause } from '../api-error.ts';
import { at, fieldsOf, listOf, textOf } from '../json.ts';
import { schemaPath } from './custom-resource-definition.ts';
import type { ApiObject, Strategy } from '../resource.ts';
import type { RuleEngine } from '../rules.ts';

/** A strategy of webhook configurations that refuses match conditions which do not compile. */
export function withConditionChecks(strategy: Strategy, engine: RuleEngine): Strategy {
  return {
    ...strategy,
    validate: (object, old) => [
      ...strategy.validate(object, old),
      ...conditionProblems(object, engine),
    ],
  };
}

function conditionProblems(object: ApiObject, engine: RuleEngine): Cause[] {
  return listOf(object['webhooks']).flatMap((webhook, index) =>
    listOf(fieldsOf(webhook)['matchConditions']).flatMap((condition, position) => {
      const expression = textOf(fieldsOf(condition)['expression']);
      const problem = engine.conditionProblem(expression);
      if (problem === undefined) return [];
      const field = `webhooks[${index}].matchConditions[${position}].expression`;
      return [invalidField(field, expression, `compilation failed: ${problem}`)];
    }),
  );
}

/** A strategy of CustomResourceDefinitions that refuses validation rules which do not compile. */
export function withRuleChecks(strategy: Strategy, engine: RuleEngine): Strategy {
  return {
    ...strategy,
    validate: (object, old) => [...strategy.validate(object, old), ...ruleProblems(object, engine)],
  };
}

function ruleProblems(object: ApiObject, engine: RuleEngine): Cause[] {
  const versions = listOf(at(object, 'spec', 'versions'));
  return versions.flatMap((version, index) => {
    const schema = fieldsOf(at(version, 'schema', 'openAPIV3Schema'));
    return engine.compileSchema(schema).problems(schemaPath(index, versions.length));
  });
}
