import type { AccessLookup } from '../domain/access.ts';
import type { RolloutPolicyBindingSpec } from '../domain/policy.ts';
import type { ChangeWindowSpec } from '../domain/window.ts';
import { windowIssues } from '../governance/windows.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { PolicyIssue } from '../policy/compile.ts';
import { equalJson } from '../policy/json-patch.ts';
import type { Review } from './review-codec.ts';

/** Why a write of one of our own kinds is refused. */
export interface OwnKindProblem {
  readonly code: number;
  /** A metav1 reason. */
  readonly reason: 'Forbidden' | 'Invalid';
  readonly messages: readonly string[];
}

export interface OwnKindChecks {
  /** Users that Sluice writes as: the only ones who may write RolloutRuns. */
  readonly executorUsernames: readonly string[];
  /** The policy engine's check of a RolloutPolicy. */
  readonly validatePolicyObject: (object: Json) => readonly PolicyIssue[];
  /** Who may do what, as far as it is known: with an undefined answer the check is made again once there is one. */
  readonly access?: AccessLookup;
}

const GROUP = 'sluice.dev';
/** Controllers that delete what is left over: objects of a deleted owner or namespace. */
const CLEARING_USERS = [
  'system:kube-controller-manager',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:namespace-controller',
];

/** Whether policies are asked about a write: never about policies themselves, which could lock everybody out. */
export function isGovernedByPolicies({ request }: Review): boolean {
  const { group, resource } = request.resource;
  return group !== GROUP || resource === 'changewindows';
}

/**
 * What speaks against a write of one of our own kinds; undefined for every other kind and for what is fine.
 * A specification that stays as it was is never refused, so that an object can always be labelled or finalised.
 */
export function ownKindProblem(review: Review, checks: OwnKindChecks): OwnKindProblem | undefined {
  const { request, object, oldObject } = review;
  if (request.resource.group !== GROUP) return undefined;
  if (request.resource.resource === 'rolloutruns') return runProblem(review, checks);
  if (request.operation === 'DELETE' || (request.subResource ?? '') !== '') return undefined;
  const spec = specOf(object);
  if (equalJson(spec, specOf(oldObject))) return undefined;
  switch (request.resource.resource) {
    case 'rolloutpolicies':
      return invalid(checks.validatePolicyObject(object).map(issueText));
    case 'rolloutpolicybindings':
      return invalid(bindingIssues(spec));
    case 'changewindows':
      return invalid(scheduleIssues(spec));
    default:
      return undefined;
  }
}

function runProblem(
  { request, object, oldObject }: Review,
  { executorUsernames }: OwnKindChecks,
): OwnKindProblem | undefined {
  const { username = '' } = request.userInfo;
  const isOurs = executorUsernames.includes(username);
  if (!isOurs && !(request.operation === 'DELETE' && CLEARING_USERS.includes(username))) {
    return {
      code: 403,
      reason: 'Forbidden',
      messages: ['RolloutRuns are written by Sluice only: they are its record of what happened'],
    };
  }
  const isChanged = request.operation === 'UPDATE' && !equalJson(specOf(object), specOf(oldObject));
  return isChanged ? invalid(['spec: is immutable']) : undefined;
}

function invalid(messages: readonly string[]): OwnKindProblem | undefined {
  return messages.length === 0 ? undefined : { code: 422, reason: 'Invalid', messages };
}

/** `spec.validations[0].expression:3:14: undeclared reference to 'objekt'` */
function issueText({ field, message, line, column }: PolicyIssue): string {
  const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
  return `${field}${place}: ${message}`;
}

const EXCLUSIVE = ['Deny', 'Hold', 'Warn'];
const ACTIONS = [...EXCLUSIVE, 'Audit'];

/** The combinations that the API server refuses in a ValidatingAdmissionPolicyBinding, and ours. */
function bindingIssues(spec: Json | undefined): string[] {
  const { validationActions, paramRef, params, policyName } = (isJsonObject(spec)
    ? spec
    : {}) as unknown as Partial<RolloutPolicyBindingSpec>;
  const issues: string[] = [];
  if (typeof policyName !== 'string' || policyName === '') {
    issues.push('spec.policyName: is required');
  }
  issues.push(...actionIssues(validationActions));
  if (params !== undefined && paramRef !== undefined) {
    issues.push('spec.params: cannot be given together with spec.paramRef');
  }
  if (paramRef === undefined) return issues;
  if ((paramRef.name === undefined) === (paramRef.selector === undefined)) {
    issues.push('spec.paramRef: needs either name or selector');
  }
  if (paramRef.parameterNotFoundAction === undefined) {
    issues.push('spec.paramRef.parameterNotFoundAction: is required, Allow or Deny');
  }
  return issues;
}

function actionIssues(actions: unknown): string[] {
  if (actions === undefined) return [];
  const path = 'spec.validationActions';
  if (!Array.isArray(actions) || actions.length === 0) return [`${path}: needs an entry`];
  const texts = actions.map(String);
  const issues: string[] = [];
  if (texts.some((action) => !ACTIONS.includes(action))) {
    issues.push(`${path}: known actions are ${ACTIONS.join(', ')}`);
  }
  if (new Set(texts).size !== texts.length) issues.push(`${path}: names an action twice`);
  if (EXCLUSIVE.filter((action) => texts.includes(action)).length > 1) {
    issues.push(`${path}: Deny, Hold and Warn exclude each other`);
  }
  return issues;
}

function scheduleIssues(spec: Json | undefined): string[] {
  const schedule = isJsonObject(spec) ? spec['schedule'] : undefined;
  if (!isJsonObject(schedule)) return ['spec.schedule: is required'];
  const isRule = 'rrule' in schedule;
  if (isRule === ('from' in schedule || 'to' in schedule)) {
    return ['spec.schedule: needs either rrule, durationMinutes and timeZone, or from and to'];
  }
  const texts = isRule ? ['rrule', 'timeZone'] : ['from', 'to'];
  const missing = texts.filter((name) => typeof schedule[name] !== 'string');
  if (missing.length > 0) return missing.map((name) => `spec.schedule.${name}: is required`);
  return windowIssues(spec as unknown as ChangeWindowSpec).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

function specOf(object: Json): Json | undefined {
  return isJsonObject(object) && !isJsonArray(object) ? object['spec'] : undefined;
}
