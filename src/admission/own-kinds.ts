import type { Json } from '../lib/lossless-json.ts';
import { equalJson } from '../policy/json-patch.ts';
import type { PolicyIssue } from '../policy/compile.ts';
import { approvalProblem } from './own-kind-approval.ts';
import { bindingIssues } from './own-kind-binding.ts';
import { budgetIssues } from './own-kind-budget.ts';
import { exceptionDeletionProblem, exceptionProblem } from './own-kind-exception.ts';
import {
  GROUP,
  forbidden,
  invalid,
  specOf,
  type OwnKindChecks,
  type OwnKindProblem,
} from './own-kind-problem.ts';
import { scheduleIssues } from './own-kind-window.ts';
import type { Review } from './review-codec.ts';

export type { OwnKindChecks, OwnKindProblem } from './own-kind-problem.ts';

/** Controllers that delete what is left over: objects of a deleted owner or namespace. */
const CLEARING_USERS = [
  'system:kube-controller-manager',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:namespace-controller',
];
/** Our kinds that policies may be about: nothing that could be the way out of a policy that locks everybody out. */
const GOVERNED = ['changewindows', 'rolloutbudgets'];

/** Whether the write is about one of our own kinds. */
export function isOwnKind({ request }: Review): boolean {
  return request.resource.group === GROUP;
}

/** Whether policies are asked about a write. */
export function isGovernedByPolicies({ request }: Review): boolean {
  const { group, resource } = request.resource;
  return group !== GROUP || GOVERNED.includes(resource);
}

/**
 * What speaks against a write of one of our own kinds; undefined for every other kind and for what is fine.
 * A specification that stays as it was is never refused, so that an object can always be labelled or finalised.
 */
export function ownKindProblem(review: Review, checks: OwnKindChecks): OwnKindProblem | undefined {
  if (!isOwnKind(review)) return undefined;
  const { request } = review;
  const { resource } = request.resource;
  if (resource === 'rolloutruns') return runProblem(review, checks);
  if ((request.subResource ?? '') !== '') return statusProblem(review, checks);
  if (request.operation === 'DELETE') {
    const isCleared = CLEARING_USERS.includes(request.userInfo.username ?? '');
    return resource === 'policyexceptions' && !isCleared
      ? exceptionDeletionProblem(review, checks)
      : undefined;
  }
  if (equalJson(specOf(review.object), specOf(review.oldObject))) return undefined;
  return specProblem(review, checks);
}

function specProblem(review: Review, checks: OwnKindChecks): OwnKindProblem | undefined {
  const { object } = review;
  const spec = specOf(object);
  switch (review.request.resource.resource) {
    case 'rolloutpolicies':
      return invalid(checks.validatePolicyObject(object).map(issueText));
    case 'rolloutpolicybindings':
      return bindingProblem(object, checks);
    case 'changewindows':
      return invalid(scheduleIssues(spec));
    case 'rolloutbudgets':
      return invalid(budgetIssues(spec));
    case 'approvals':
      return approvalProblem(review, checks);
    case 'policyexceptions':
      return exceptionProblem(review, checks);
    default:
      return undefined;
  }
}

/** Params are looked at when the rest is as it should be. */
function bindingProblem(
  object: Json,
  { validateBindingObject }: OwnKindChecks,
): OwnKindProblem | undefined {
  return (
    invalid(bindingIssues(specOf(object))) ??
    invalid((validateBindingObject?.(object) ?? []).map(issueText))
  );
}

function runProblem(
  { request, object, oldObject }: Review,
  { executorUsernames }: OwnKindChecks,
): OwnKindProblem | undefined {
  const { username = '' } = request.userInfo;
  const isOurs = executorUsernames.includes(username);
  if (!isOurs && !(request.operation === 'DELETE' && CLEARING_USERS.includes(username))) {
    return forbidden(
      'RolloutRuns are written by Sluice only: they are its record of what happened',
    );
  }
  const isChanged = request.operation === 'UPDATE' && !equalJson(specOf(object), specOf(oldObject));
  return isChanged ? invalid(['spec: is immutable']) : undefined;
}

/** That an approval was acted upon is said once, by who acted. */
function statusProblem(
  { request }: Review,
  { executorUsernames }: OwnKindChecks,
): OwnKindProblem | undefined {
  if (request.resource.resource !== 'approvals' || request.subResource !== 'status') {
    return undefined;
  }
  return executorUsernames.includes(request.userInfo.username ?? '')
    ? undefined
    : forbidden('the status of an Approval is written by Sluice only');
}

/** `spec.validations[0].expression:3:14: undeclared reference to 'objekt'` */
function issueText({ field, message, line, column }: PolicyIssue): string {
  const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
  return `${field}${place}: ${message}`;
}
