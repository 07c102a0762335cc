import type {
  ApprovalFact,
  BudgetFact,
  ExceptionFact,
  RequestFacts,
  RolloutFacts,
} from '../domain/decision.ts';
import type { GateQuestion } from '../domain/gates.ts';
import type { KubeObject } from '../domain/object.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { GovernanceKind, PolicyEngineDeps } from './engine.ts';
import { labelsOf } from './match.ts';
import { isFresh } from './readiness.ts';

const NO_EXCEPTIONS: readonly ExceptionFact[] = [];
const NO_LABELS = {};

/** The exceptions that concern what is decided on; none while their copy, or that of approvals, is too old. */
export function exceptionsOf(
  deps: PolicyEngineDeps,
  asked: { readonly request: RequestFacts; readonly subject: Json; readonly now: string },
  namespaceObject: KubeObject | undefined,
): readonly ExceptionFact[] {
  const { governance } = deps;
  if (governance === undefined || !has(deps, 'PolicyException')) return NO_EXCEPTIONS;
  if (!isCurrent(deps, 'PolicyException') || !isCurrent(deps, 'Approval')) return NO_EXCEPTIONS;
  const { request, subject, now } = asked;
  return governance.exceptions(
    {
      kind: request.kind.kind,
      name: request.name,
      namespace: request.namespace ?? '',
      namespaceLabels: namespaceObject?.metadata.labels ?? NO_LABELS,
      labels: labelsOf(subject),
    },
    now,
  );
}

/** The approvals of the run that asks; none while their copy is too old. */
export function approvalsOf(
  deps: PolicyEngineDeps,
  question: GateQuestion,
): readonly ApprovalFact[] {
  const isKnown = has(deps, 'Approval') && isCurrent(deps, 'Approval');
  return isKnown ? (deps.governance?.approvals(question) ?? []) : [];
}

/** What budgets say of a step that raises the canary's share or begins something. */
export function budgetsOf(
  deps: PolicyEngineDeps,
  question: GateQuestion,
  namespaceLabels: Readonly<Record<string, string>>,
): readonly BudgetFact[] {
  const { gate, rollout } = question;
  const isLower = gate === 'TrafficIncrease' && rollout.toWeight < rollout.fromWeight;
  if (isLower || !has(deps, 'RolloutBudget')) return [];
  return deps.governance?.budgets(question, namespaceLabels) ?? [];
}

/** `rollout.approvals`: as the facts, without where they are kept. */
export function approvalFacts(facts: readonly ApprovalFact[]): RolloutFacts['approvals'] {
  return facts.map(({ approver, action, createdAt, scope, signatureVerified }) => ({
    approver,
    action,
    createdAt,
    ...(scope === undefined ? {} : { scope: scope }),
    signatureVerified,
  }));
}

/** `rollout.exceptions`: those in force. */
export function exceptionsSummary(facts: readonly ExceptionFact[]): RolloutFacts['exceptions'] {
  return facts
    .filter(({ inForce }) => inForce)
    .map(({ name, type, expiresAt }) => ({ name, type, expiresAt }));
}

/** `rollout.budget`: the limit that is closest, or over; undefined when no budget concerns the step. */
export function budgetSummary(facts: readonly BudgetFact[]): RolloutFacts['budget'] {
  const closest = facts.reduce<BudgetFact | undefined>(
    (before, fact) => (before === undefined || room(fact) < room(before) ? fact : before),
    undefined,
  );
  if (closest === undefined) return undefined;
  const { name, limit, used } = closest;
  return { name, limit, used };
}

/** What is left of a limit after the step, as part of it. */
function room({ limit, used, requested }: BudgetFact): number {
  return (limit - used - requested) / limit;
}

/** The labels of an object that are text. */
export function stringLabels(object: Json): Readonly<Record<string, string>> {
  const labels = isJsonObject(object) ? labelsOf(object) : {};
  return Object.fromEntries(
    Object.entries(labels).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** Whether there is any object of a kind. */
function has({ governance }: PolicyEngineDeps, kind: GovernanceKind): boolean {
  const cache = governance?.caches[kind];
  return cache !== undefined && cache.list().length > 0;
}

function isCurrent({ governance, freshnessMs }: PolicyEngineDeps, kind: GovernanceKind): boolean {
  const cache = governance?.caches[kind];
  return cache === undefined || isFresh(cache, freshnessMs);
}
