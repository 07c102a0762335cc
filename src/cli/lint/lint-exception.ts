import { selectorIssues } from '../../admission/own-kind-budget.ts';
import { expiryIssues, reasonIssues, reviewIssues } from '../../admission/own-kind-exception.ts';
import type { PolicyException, PolicyExceptionSpec } from '../../domain/exception.ts';
import type { Json } from '../../lib/lossless-json.ts';
import { compiledCondition, conditionIssues } from '../../policy/condition.ts';
import { expressionCode, hintOf, offsetOf } from './expression-findings.ts';
import { identityOf, type LintObject, type ObjectFinding } from './finding.ts';
import type { GovernanceRules } from './governance-rules.ts';
import { findingsOf } from './issue-findings.ts';
import { lintEnd, lintStamp } from './lint-stored.ts';

/**
 * What is wrong with a PolicyException whose fields are sound, as if it were written now.
 * @param now RFC 3339: what its end is compared with
 */
export function lintException(
  object: LintObject,
  rules: GovernanceRules,
  now: string,
): readonly ObjectFinding[] {
  const { spec } = object.value as unknown as PolicyException;
  return [
    ...findingsOf(object, 'SL7001', reasonIssues(spec)),
    ...lintTimes(object, spec, rules, now),
    ...lintMatch(object, spec),
    ...lintStamp(object, 'requestedBy'),
    ...lintReach(object, rules),
  ];
}

function lintTimes(
  object: LintObject,
  spec: PolicyExceptionSpec,
  rules: GovernanceRules,
  now: string,
): readonly ObjectFinding[] {
  const ended = lintEnd(object, spec.expiresAt, now);
  const limits = { ...rules, now: () => Temporal.Instant.from(now).epochMilliseconds };
  const review = reviewIssues(spec);
  return [
    ...ended,
    ...(ended.length > 0 ? [] : findingsOf(object, 'SL7002', expiryIssues(spec, limits))),
    ...findingsOf(object, 'SL7001', review),
    ...(review.length > 0
      ? []
      : findingsOf(object, 'SL7002', reviewIssues(spec, rules.reviewWithinMs))),
  ];
}

function lintMatch(object: LintObject, { match }: PolicyExceptionSpec): readonly ObjectFinding[] {
  if (match === undefined) return [];
  const members = match as unknown as { readonly [key: string]: Json };
  const selectors = ['namespaceSelector', 'objectSelector'];
  return [
    ...(match.conditions ?? []).flatMap(({ expression }, index) =>
      lintCondition(object, expression, `spec.match.conditions[${index}].expression`),
    ),
    ...findingsOf(object, 'SL7009', selectorIssues(members, 'spec.match', selectors)),
  ];
}

function lintCondition(
  object: LintObject,
  source: string,
  field: string,
): readonly ObjectFinding[] {
  const isKnown = compiledCondition(source).issues.length === 0;
  return conditionIssues(source).map((issue): ObjectFinding => {
    const hint = isKnown
      ? ': a condition that is being written may not use this yet'
      : hintOf(issue, source, []);
    return {
      code: isKnown ? 'SL2007' : expressionCode(issue),
      message: `${issue.message}${hint}`,
      object,
      field,
      offset: offsetOf(source, issue),
    };
  });
}

/** Without a namespace in the file it is not known where the exception will be. */
function lintReach(
  object: LintObject,
  { systemNamespace, exceptionNamespaces }: GovernanceRules,
): readonly ObjectFinding[] {
  const { namespace } = identityOf(object.value);
  const counts = ['', systemNamespace, ...exceptionNamespaces];
  if (counts.includes(namespace) || exceptionNamespaces.includes('*')) return [];
  const message = `an exception in namespace ${namespace} means nothing unless --exception-namespaces names it`;
  return [{ code: 'SL7007', message, object, field: 'metadata.namespace' }];
}
