import type {
  ApprovalFact,
  ExceptionFact,
  Facts,
  RolloutFacts,
  WindowFact,
} from '../domain/decision.ts';
import { GATES, type Gate } from '../domain/policy.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { requestOf } from './case-input.ts';
import type { PolicyTest } from './test-file.ts';

/** The instant of a case that names none. */
const DEFAULT_NOW = '2026-01-01T00:00:00Z';

/**
 * The facts of a test case; what it leaves out is derived from the object or has a fixed default.
 * @param object the case's object, read from its file when it names one
 * @param paramBindings names of the bindings whose `paramRef` finds the case's params
 */
export function testFacts(
  { members, callSite }: PolicyTest,
  object: Json,
  paramBindings: readonly string[],
): Facts {
  const oldObject = members['oldObject'] ?? null;
  const given = members['request'] ?? {};
  const params = members['params'];
  const listed = params === undefined ? [] : isJsonArray(params) ? params : [params];
  const windows = (members['windows'] ?? []) as unknown as readonly WindowFact[];
  const isAtGate = (GATES as readonly string[]).includes(callSite);
  const request = requestOf(isJsonObject(given) ? given : {}, object, oldObject);
  return {
    callSite,
    request: isAtGate ? { ...request, operation: 'UPDATE' } : request,
    object,
    oldObject,
    namespaceObject: members['namespaceObject'] ?? null,
    params: Object.fromEntries(paramBindings.map((name) => [name, listed])),
    authorizer: {},
    rollout: isAtGate ? rolloutOf(members['rollout'], callSite as Gate, windows) : null,
    exceptions: itemsOf(members['exceptions']) as unknown as readonly ExceptionFact[],
    approvals: itemsOf(members['approvals']) as unknown as readonly ApprovalFact[],
    windows,
    ...(members['succeededTemplates'] === undefined
      ? {}
      : { succeededTemplates: itemsOf(members['succeededTemplates']) }),
    budgets: [],
    freshness: {},
    now: typeof members['now'] === 'string' ? members['now'] : DEFAULT_NOW,
  };
}

/** A rollout in the middle of its analysis; a case overrides what matters to it. */
function rolloutOf(
  given: Json | undefined,
  gate: Gate,
  windows: readonly WindowFact[],
): RolloutFacts {
  const closed = windows.find(({ open }) => !open);
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
    windows: { open: closed === undefined, reason: closed?.reason ?? '' },
    exceptions: [],
  };
  return { ...defaults, ...(isJsonObject(given) ? (given as Partial<RolloutFacts>) : {}) };
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : [];
}
