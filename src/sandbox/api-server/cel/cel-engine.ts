import { compile } from '../../../cel/compile.ts';
import { admissionEnvironment } from '../../../cel/environment.ts';
import { fromJson } from '../../../cel/from-json.ts';
import type { Program } from '../../../cel/program.ts';
import { BOOL } from '../../../cel/types.ts';
import type { Json } from '../../../lib/lossless-json.ts';
import type { MatchFacts, RuleEngine } from '../rules.ts';
import { compileSchemaRules } from './schema-rules.ts';

/** What a program or the reason why there is none. */
type Compiled = { readonly program: Program } | { readonly problem: string };

const REMEMBERED = 500;

/** CEL for the API server: schema rules and match conditions of webhooks. */
export function celEngine(): RuleEngine {
  const conditions = new Map<string, Compiled>();
  const conditionOf = (expression: string): Compiled => {
    const known = conditions.get(expression);
    if (known !== undefined) return known;
    if (conditions.size >= REMEMBERED) conditions.clear();
    const made = compileCondition(expression);
    conditions.set(expression, made);
    return made;
  };
  return {
    compileSchema: compileSchemaRules,
    conditionProblem: (expression) => {
      const compiled = conditionOf(expression);
      return 'problem' in compiled ? compiled.problem : undefined;
    },
    matches: (expression, facts) => evaluate(conditionOf(expression), facts),
  };
}

// Kubernetes declares object, oldObject, request and authorizer here, and nothing of ours.
function compileCondition(expression: string): Compiled {
  const environment = admissionEnvironment({
    hasParams: false,
    hasAuthorizer: true,
    hasSluiceVariables: false,
  });
  const result = compile(expression, environment, { result: [BOOL] });
  return result.ok ? { program: result.program } : { problem: result.message };
}

function evaluate(compiled: Compiled, { request, object, oldObject }: MatchFacts): boolean {
  if ('problem' in compiled) throw new Error(`compilation failed: ${compiled.problem}`);
  const outcome = compiled.program.evaluate({
    values: {
      request: fromJson(request as Json),
      object: fromJson(object as Json),
      oldObject: fromJson(oldObject as Json),
      authorizer: fromJson(null),
      'authorizer.requestResource': fromJson(null),
    },
    // The sandbox has no authorisation: everybody may do everything.
    context: { authorize: () => ({ decision: 'allow' }) },
  });
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.value === true;
}
