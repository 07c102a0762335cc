import type { Facts, RolloutFacts } from '../domain/decision.ts';
import { GATES, type Gate } from '../domain/policy.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { requestOf } from './case-input.ts';
import type { ExceptionSubject } from '../domain/exception.ts';
import { approvalFacts, budgetSummary, exceptionsSummary } from './governance-facts.ts';
import { labelsOf } from './match.ts';
import type { OfflineGovernance } from './offline-governance.ts';
import type { PolicyTest } from './test-file.ts';
import { testGovernance, type TestGovernance } from './test-governance.ts';

/** The instant of a case that names none. */
const DEFAULT_NOW = '2026-01-01T00:00:00Z';

/**
 * The facts of a test case; what it leaves out is derived from the object or has a fixed default.
 * @param object the case's object, read from its file when it names one
 * @param paramBindings names of the bindings whose `paramRef` finds the case's params
 * @param governance evaluates governance objects of the case
 * @throws SluiceError SLUICE_INPUT
 */
export function testFacts(
  { members, callSite }: PolicyTest,
  object: Json,
  paramBindings: readonly string[],
  governance?: OfflineGovernance,
): Facts {
  const oldObject = members['oldObject'] ?? null;
  const given = members['request'] ?? {};
  const listed = paramsOf(members['params']);
  const isAtGate = (GATES as readonly string[]).includes(callSite);
  const request = requestOf(isJsonObject(given) ? given : {}, object, oldObject);
  const now = typeof members['now'] === 'string' ? members['now'] : DEFAULT_NOW;
  const namespaceObject = members['namespaceObject'] ?? null;
  const rollout = isAtGate ? givenRollout(members['rollout'], callSite as Gate) : null;
  const governed = testGovernance(
    members,
    {
      subject: subjectOf(request, object ?? oldObject, namespaceObject),
      step: rollout === null ? undefined : { ...rollout, now },
      now,
    },
    governance,
  );
  return {
    callSite,
    request: isAtGate ? { ...request, operation: 'UPDATE' } : request,
    object,
    oldObject,
    namespaceObject,
    params: Object.fromEntries(paramBindings.map((name) => [name, listed])),
    authorizer: {},
    rollout: rollout === null ? null : rolloutOf(rollout, members['rollout'], governed),
    ...governed,
    ...(members['succeededTemplates'] === undefined
      ? {}
      : { succeededTemplates: itemsOf(members['succeededTemplates']) }),
    freshness: {},
    now,
  };
}

function subjectOf(
  request: Facts['request'],
  object: Json,
  namespaceObject: Json,
): ExceptionSubject {
  return {
    kind: request.kind.kind,
    name: request.name,
    namespace: request.namespace ?? '',
    namespaceLabels: labelsOf(namespaceObject),
    labels: labelsOf(object),
  };
}

/** A rollout in the middle of its analysis; a case overrides what matters to it. */
function givenRollout(given: Json | undefined, gate: Gate): RolloutFacts {
  const defaults: RolloutFacts = {
    gate,
    strategy: 'canary',
    provider: 'kubernetes',
    phase: 'Progressing',
    fromWeight: 0,
    toWeight: 10,
    maxWeight: 50,
    step: 1,
    iteration: 1,
    failedChecks: 0,
    threshold: 5,
    startedAt: DEFAULT_NOW,
    stepStartedAt: DEFAULT_NOW,
    revision: 'sluice.v1:0',
    images: [],
    changedBy: null,
    metrics: [],
    approvals: [],
    windows: { open: true, reason: '' },
    exceptions: [],
  };
  return { ...defaults, ...(isJsonObject(given) ? (given as Partial<RolloutFacts>) : {}) };
}

/** What a case does not say of the rollout follows from the other facts, as in a cluster. */
function rolloutOf(
  rollout: RolloutFacts,
  given: Json | undefined,
  { approvals, exceptions, windows, budgets }: TestGovernance,
): RolloutFacts {
  const closed = windows.find(({ open }) => !open);
  const budget = budgetSummary(budgets);
  return {
    ...rollout,
    approvals: approvalFacts(approvals),
    exceptions: exceptionsSummary(exceptions),
    windows: { open: closed === undefined, reason: closed?.reason ?? '' },
    ...(budget === undefined ? {} : { budget }),
    ...(isJsonObject(given) ? (given as Partial<RolloutFacts>) : {}),
  };
}

function paramsOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isJsonArray(value) ? value : [value];
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : [];
}
