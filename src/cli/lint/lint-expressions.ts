import { environment } from '../../cel/environment.ts';
import type { KindSchemas } from '../../domain/kind-schemas/kind-schemas.ts';
import type { RolloutPolicy, RolloutPolicySpec } from '../../domain/policy.ts';
import { closest } from '../../lib/closest.ts';
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
        const message = `${each.issue.message}${hintOf(each, sources, policy.spec)}`;
        return { code: codeOf(each.issue), message, ...placed(each) };
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

const CODES: Readonly<Partial<Record<ExpressionIssue['errorClass'], LintCode>>> = {
  syntax: 'SL2001',
  undeclared: 'SL2002',
  undefined_field: 'SL2002',
  no_overload: 'SL2003',
  type: 'SL2003',
  result_type: 'SL2004',
};

function codeOf({ errorClass }: ExpressionIssue): LintCode {
  return CODES[errorClass] ?? 'SL2005';
}

/** An issue's place as UTF-16 code units into the source; its columns count code points. */
function offsetOf(
  source: string,
  { line, column }: Pick<ExpressionIssue, 'line' | 'column'>,
): number | undefined {
  if (line === undefined || column === undefined) return undefined;
  const lines = source.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const points = Array.from(lines[line - 1] ?? '').slice(0, Math.max(column - 1, 0));
  return before + points.join('').length;
}

const VARIABLES = [
  'object',
  'oldObject',
  'request',
  'params',
  'namespaceObject',
  'authorizer',
  'variables',
  'now',
  'rollout',
];

/** `; did you mean …?` for a name that is nearly a known one. */
function hintOf(
  { field, issue }: FieldIssue,
  sources: ReadonlyMap<string, string>,
  { variables = [] }: RolloutPolicySpec,
): string {
  const name = /'([\w.]+)'/.exec(issue.message)?.[1];
  if (name === undefined) return '';
  const source = sources.get(field) ?? '';
  const before = source.slice(0, offsetOf(source, issue) ?? 0);
  const names = variables.map((variable) => variable.name);
  const known =
    issue.errorClass === 'undefined_field'
      ? before.endsWith('variables')
        ? names
        : []
      : issue.errorClass === 'undeclared'
        ? [...VARIABLES, ...environment().functions.keys()]
        : [];
  const candidate = closest(name, known);
  return candidate === undefined || candidate === name ? '' : `; did you mean ${candidate}?`;
}
