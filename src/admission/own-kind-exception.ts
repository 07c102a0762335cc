import type { PolicyException, PolicyExceptionSpec } from '../domain/exception.ts';
import { policyException } from '../domain/schemas/policy-exception.ts';
import { exceptionState } from '../governance/exceptions.ts';
import { instantIn } from '../domain/expiry.ts';
import { formatGoDuration, parseGoDuration } from '../lib/duration.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { conditionIssues } from '../policy/condition.ts';
import { schemaIssues } from '../policy/schema-issues.ts';
import type { GovernanceChecks } from './governance-checks.ts';
import { selectorIssues } from './own-kind-budget.ts';
import {
  GROUP,
  forbidden,
  invalid,
  specOf,
  unknown,
  type OwnKindChecks,
  type OwnKindProblem,
} from './own-kind-problem.ts';
import type { Review } from './review-codec.ts';

const MS = 1_000_000n;
/** Clocks of the API server and of Sluice may differ by this much. Milliseconds. */
const SLACK_MS = 60_000;

/** What speaks against a PolicyException: its form, its end, its conditions, and for an emergency who asks. */
export function exceptionProblem(
  { request, object }: Review,
  checks: OwnKindChecks,
): OwnKindProblem | undefined {
  const schema = policyException.properties['spec'];
  const broken = schema === undefined ? [] : schemaIssues(schema, specOf(object) ?? null, 'spec');
  if (broken.length > 0) return invalid(broken.map(({ field, message }) => `${field}: ${message}`));
  const { spec } = object as unknown as PolicyException;
  const issues = [
    ...reasonIssues(spec),
    ...(checks.governance === undefined ? [] : expiryIssues(spec, checks.governance)),
    ...reviewIssues(spec, checks.governance?.rules.reviewWithinMs),
    ...matchIssues(spec),
  ];
  if (issues.length > 0 || spec.type !== 'Emergency') return invalid(issues);
  return breakglassProblem(request, checks);
}

/** An emergency that nobody has reviewed stays, with the obligation that it opened. */
export function exceptionDeletionProblem(
  { oldObject }: Review,
  { governance }: OwnKindChecks,
): OwnKindProblem | undefined {
  const exception = oldObject as unknown as PolicyException | null;
  if (governance === undefined || exception?.spec.type !== 'Emergency') return undefined;
  const state = exceptionState(exception, governance.approvals.list(), {
    ...governance.rules,
    now: new Date(governance.now()).toISOString(),
  });
  const wasNeverInForce = (exception.spec.requestedBy?.username ?? '') === '';
  if (state.isReviewed || wasNeverInForce) return undefined;
  return forbidden(
    'an emergency exception stays until another person has approved or rejected it; a rejection ends it at once',
  );
}

/** What is wrong with the reason of an exception. */
export function reasonIssues({ reason }: PolicyExceptionSpec): readonly string[] {
  return reason.trim() === '' ? ['spec.reason: must not be blank'] : [];
}

/** What is wrong with the end of an exception that is written now. */
export function expiryIssues(
  spec: PolicyExceptionSpec,
  governance: Pick<GovernanceChecks, 'maxExceptionMs' | 'maxEmergencyMs' | 'now'>,
): readonly string[] {
  const field = 'spec.expiresAt';
  const end = instantIn(spec.expiresAt);
  if (end === undefined) return [`${field}: must be an RFC 3339 time`];
  const isEmergency = spec.type === 'Emergency';
  const limit = isEmergency ? governance.maxEmergencyMs : governance.maxExceptionMs;
  const now = BigInt(governance.now()) * MS;
  if (end <= now) return [`${field}: must be in the future`];
  if (end <= now + BigInt(limit + SLACK_MS) * MS) return [];
  const what = isEmergency ? 'an emergency' : 'an exception';
  return [`${field}: ${what} may last at most ${formatGoDuration(limit)}`];
}

/**
 * What is wrong with the time that an emergency gives for its review.
 * @param limit milliseconds
 */
export function reviewIssues(
  { type, reviewWithin }: PolicyExceptionSpec,
  limit = Infinity,
): readonly string[] {
  if (reviewWithin === undefined) return [];
  const field = 'spec.reviewWithin';
  if (type !== 'Emergency') return [`${field}: belongs to an Emergency`];
  const ms = parseGoDuration(reviewWithin);
  if (ms === undefined || ms <= 0) return [`${field}: must be a duration such as 24h`];
  return ms <= limit ? [] : [`${field}: may be at most ${formatGoDuration(limit)}`];
}

function matchIssues({ match }: PolicyExceptionSpec): readonly string[] {
  if (match === undefined) return [];
  const conditions = (match.conditions ?? []).flatMap(({ expression }, index) =>
    conditionIssues(expression).map(({ message, line, column }) => {
      const place = line === undefined || column === undefined ? '' : `:${line}:${column}`;
      return `spec.match.conditions[${index}].expression${place}: ${message}`;
    }),
  );
  const members = match as unknown as { readonly [key: string]: Json };
  const selectors = ['namespaceSelector', 'objectSelector'];
  return [...conditions, ...selectorIssues(members, 'spec.match', selectors)];
}

/** To break the glass needs a right of its own. */
function breakglassProblem(
  { namespace = '', name, userInfo: user }: Review['request'],
  { access }: OwnKindChecks,
): OwnKindProblem | undefined {
  const question = {
    verb: 'breakglass',
    group: GROUP,
    resource: 'policyexceptions',
    namespace,
    ...(name === '' ? {} : { name }),
  };
  const answer = access?.({ user, question });
  if (answer?.decision === 'allow') return undefined;
  const right = `"breakglass" on policyexceptions.${GROUP} in namespace ${namespace}`;
  return answer === undefined || answer.error !== undefined
    ? unknown(`whether you may ${right} could not be asked; try again`)
    : forbidden(`an emergency exception needs the right to ${right}`);
}

/** Names of the policies that an exception's spec names. */
export function policiesOf(spec: Json | undefined): readonly string[] {
  const policies = isJsonObject(spec) ? spec['policies'] : undefined;
  return Array.isArray(policies)
    ? policies.flatMap((each: Json) => {
        const name = isJsonObject(each) ? each['name'] : undefined;
        return typeof name === 'string' ? [name] : [];
      })
    : [];
}
