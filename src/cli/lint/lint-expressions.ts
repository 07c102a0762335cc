import type { KindSchemas } from '../../domain/kind-schemas/kind-schemas.ts';
import type { RolloutPolicy } from '../../domain/policy.ts';
import { callSiteIssues } from '../../policy/call-site-issues.ts';
import {
  compileStoredPolicy,
  type CompiledPolicy,
  type PolicyIssue,
} from '../../policy/compile.ts';
import type { ExpressionIssue } from '../../policy/expression.ts';
import { kindIssues } from '../../policy/kind-issues.ts';
import { paramsTypeIssues } from '../../policy/params-type-issues.ts';
import { specExpressions } from '../../policy/spec-expressions.ts';
import { expressionCode, hintOf, offsetOf } from './expression-findings.ts';
import type { LintObject, ObjectFinding } from './finding.ts';
import type { LintCode } from './rules.ts';

/** A compiled policy, and what is wrong with its expressions. */
export interface LintedExpressions {
  readonly compiled: CompiledPolicy;
  readonly findings: readonly ObjectFinding[];
}

/**
 * Compiles the expressions of a policy as if it were written now, and checks them where it is asked.
 * @param schemas of the kinds that policies match
 */
export function lintExpressions(
  object: LintObject,
  policy: RolloutPolicy,
  schemas: KindSchemas,
): LintedExpressions {
  const compiled = compileStoredPolicy(policy, { mode: 'new' });
  const typed = lintTypes(object, policy, schemas);
  const narrow = issuesOf(compiled);
  if (narrow.length === 0) return { compiled, findings: typed };
  const sources = specExpressions(policy.spec);
  const full = issuesOf(compileStoredPolicy(policy));
  const broken = new Set(full.map(({ field }) => field));
  const names = (policy.spec.variables ?? []).map(({ name }) => name);
  const newest = narrow.filter(({ field }) => !broken.has(field));
  const placed = ({ field, issue }: FieldIssue) => ({
    object,
    field,
    offset: offsetOf(sources.get(field) ?? '', issue),
  });
  return {
    compiled,
    findings: [
      ...full.map((each): ObjectFinding => {
        const hint = hintOf(each.issue, sources.get(each.field) ?? '', names);
        const message = `${each.issue.message}${hint}`;
        return { code: expressionCode(each.issue), message, ...placed(each) };
      }),
      ...newest.map((each): ObjectFinding => {
        const message = `${each.issue.message}: a policy that is being written may not use this yet`;
        return { code: 'SL2007', message, ...placed(each) };
      }),
      ...typed,
    ],
  };
}

/** What is wrong by the types of the kinds that a policy matches, and of what a gate gives it. */
function lintTypes(
  object: LintObject,
  policy: RolloutPolicy,
  schemas: KindSchemas,
): readonly ObjectFinding[] {
  const sources = specExpressions(policy.spec);
  const known = compileStoredPolicy(policy).issues;
  const finding = (code: LintCode, { field, message, ...place }: PolicyIssue): ObjectFinding => ({
    code,
    message,
    object,
    field,
    offset: offsetOf(sources.get(field) ?? '', place),
  });
  return [
    ...kindIssues(policy, schemas, known).map((issue) => finding('SL2010', issue)),
    ...callSiteIssues(policy, known).map((issue) => finding('SL2011', issue)),
    ...paramsTypeIssues(policy, known).map((issue) => finding('SL2012', issue)),
  ];
}

interface FieldIssue {
  readonly field: string;
  readonly issue: ExpressionIssue;
}

function issuesOf(compiled: CompiledPolicy): readonly FieldIssue[] {
  const { policy, variables, matchConditions, validations, mutations, auditAnnotations } = compiled;
  const of = (field: string, issues: readonly ExpressionIssue[]): readonly FieldIssue[] =>
    issues.map((issue) => ({ field, issue }));
  const names = (policy.spec.variables ?? []).map(({ name }) => name);
  return [
    ...[...variables].flatMap(([name, result]) =>
      of(`spec.variables[${names.lastIndexOf(name)}].expression`, result.ok ? [] : result.issues),
    ),
    ...matchConditions.flatMap(({ expression }, index) =>
      of(`spec.matchConditions[${index}].expression`, expression.issues),
    ),
    ...validations.flatMap(({ expression, message }, index) => [
      ...of(`spec.validations[${index}].expression`, expression.issues),
      ...of(`spec.validations[${index}].messageExpression`, message?.issues ?? []),
    ]),
    ...mutations.flatMap(({ patchType, expression }, index) => {
      const part = patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration';
      return of(`spec.mutations[${index}].${part}.expression`, expression.issues);
    }),
    ...auditAnnotations.flatMap(({ expression }, index) =>
      of(`spec.auditAnnotations[${index}].valueExpression`, expression.issues),
    ),
  ];
}
