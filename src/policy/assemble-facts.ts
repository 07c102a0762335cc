import { rfc3339Millis } from './instant.ts';
import type { Facts, FreshnessFact, RequestFacts, WindowFact } from '../domain/decision.ts';
import type { GateQuestion } from '../domain/gates.ts';
import { parseApiVersion, type KubeObject, type ResourceType } from '../domain/object.ts';
import type { CallSite } from '../domain/policy.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { GovernanceKind, PolicyEngineDeps, ReviewInput } from './engine.ts';
import { collectParams } from './collect-params.ts';
import {
  approvalFacts,
  approvalsOf,
  budgetSummary,
  budgetsOf,
  exceptionsOf,
  exceptionsSummary,
  stringLabels,
} from './governance-facts.ts';
import { pluralOf } from './plural.ts';
import { cachesOf, isFresh, type WatchedKind } from './readiness.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** The facts of a decision on a write, taken from the caches at this moment. */
export function admissionFacts(
  deps: PolicyEngineDeps,
  snapshot: PolicySnapshot,
  { request, object, oldObject, isFinal = false }: ReviewInput,
): Facts {
  const now = rfc3339Millis(deps.clock.now());
  const subject = object ?? oldObject;
  const shared = sharedFacts(deps, snapshot, 'Admission', { request, subject, now });
  const templates = deps.succeededTemplates?.(
    request.kind.kind,
    request.namespace ?? '',
    request.name,
  );
  return {
    ...shared,
    object,
    oldObject,
    rollout: null,
    windows: [],
    ...(isFinal ? { isFinal } : {}),
    ...(templates === undefined ? {} : { succeededTemplates: templates }),
    now,
  };
}

/** The facts of a decision at a gate. */
export function gateFacts(
  deps: PolicyEngineDeps,
  snapshot: PolicySnapshot,
  question: GateQuestion,
): Facts {
  const { gate, subject, changedBy, run, now } = question;
  const object = subject as unknown as Json;
  const request = requestOf(question);
  const shared = sharedFacts(deps, snapshot, gate, { request, subject: object, now });
  const windows = deps.evaluateWindows(deps.windows.list(), windowSubject(subject, shared), {
    gate,
    now,
    systemNamespace: deps.systemNamespace,
  });
  const approvals = approvalsOf(deps, question);
  const budgets = budgetsOf(deps, question, stringLabels(shared.namespaceObject));
  const budget = budgetSummary(budgets);
  return {
    ...shared,
    object,
    oldObject: null,
    rollout: {
      ...question.rollout,
      gate,
      changedBy,
      approvals: approvalFacts(approvals),
      windows: windowsSummary(windows),
      ...(budget === undefined ? {} : { budget }),
      exceptions: exceptionsSummary(shared.exceptions),
    },
    ...(run === undefined ? {} : { run: { namespace: run.namespace, name: run.name } }),
    approvals,
    windows,
    budgets,
    now,
  };
}

/**
 * The facts of a decision on an object that exists, as the background scan asks it: as if it were created now, by nobody
 * in particular.
 */
export function scanFacts(
  deps: PolicyEngineDeps,
  snapshot: PolicySnapshot,
  { object, type }: { readonly object: KubeObject; readonly type: ResourceType },
): Facts {
  const { group, version } = parseApiVersion(object.apiVersion);
  const request: RequestFacts = {
    kind: { group, version, kind: object.kind },
    resource: { group, version, resource: type.plural },
    name: object.metadata.name,
    ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    operation: 'CREATE',
    userInfo: {},
    dryRun: false,
  };
  const now = rfc3339Millis(deps.clock.now());
  const subject = object as unknown as Json;
  return {
    ...sharedFacts(deps, snapshot, 'Scan', { request, subject, now }),
    object: subject,
    oldObject: null,
    rollout: null,
    windows: [],
    now,
  };
}

/** What a decision is about. */
interface Asked {
  readonly request: RequestFacts;
  /** The object, or what was deleted. */
  readonly subject: Json;
  readonly now: string;
}

function sharedFacts(
  deps: PolicyEngineDeps,
  snapshot: PolicySnapshot,
  callSite: CallSite,
  asked: Asked,
): Omit<Facts, 'object' | 'oldObject' | 'rollout' | 'windows' | 'now'> {
  const { request } = asked;
  const { namespace = '' } = request;
  const namespaceObject = namespace === '' ? undefined : deps.namespaces.get({ name: namespace });
  const { freshness, ...collected } = collectParams(deps, snapshot, callSite, request);
  return {
    callSite,
    request,
    namespaceObject: (namespaceObject ?? null) as unknown as Json,
    ...collected,
    authorizer: {},
    exceptions: exceptionsOf(deps, asked, namespaceObject),
    approvals: [],
    budgets: [],
    freshness: { ...kindFreshness(deps, callSite), ...freshness },
  };
}

/** What may be asked of each kind at a moment: windows and budgets count at gates only, so that their age does, too. */
const KINDS: Readonly<Record<'gate' | 'elsewhere', readonly (WatchedKind | GovernanceKind)[]>> = {
  elsewhere: ['RolloutPolicy', 'RolloutPolicyBinding', 'Namespace', 'PolicyException', 'Approval'],
  gate: [
    'RolloutPolicy',
    'RolloutPolicyBinding',
    'Namespace',
    'ChangeWindow',
    'PolicyException',
    'Approval',
    'RolloutBudget',
    'RolloutRun',
  ],
};

function kindFreshness(
  deps: PolicyEngineDeps,
  callSite: CallSite,
): Readonly<Record<string, FreshnessFact>> {
  const caches = cachesOf(deps);
  const kinds = KINDS[callSite === 'Admission' || callSite === 'Scan' ? 'elsewhere' : 'gate'];
  const freshness: Record<string, FreshnessFact> = {};
  for (const kind of kinds) {
    const cache = caches[kind];
    if (cache === undefined) continue;
    freshness[kind] = isFresh(cache, deps.freshnessMs) ? 'fresh' : 'unknown';
  }
  return freshness;
}

/** The request that a gate stands for: an update of the subject by whoever changed it (design §13). */
function requestOf({ subject, changedBy }: GateQuestion): RequestFacts {
  const { group, version } = parseApiVersion(subject.apiVersion);
  return {
    kind: { group, version, kind: subject.kind },
    resource: { group, version, resource: pluralOf(subject.apiVersion, subject.kind) },
    name: subject.metadata.name,
    ...(subject.metadata.namespace === undefined ? {} : { namespace: subject.metadata.namespace }),
    operation: 'UPDATE',
    userInfo: changedBy ?? {},
    dryRun: false,
  };
}

function windowSubject(subject: KubeObject, { namespaceObject }: Pick<Facts, 'namespaceObject'>) {
  return {
    namespace: subject.metadata.namespace ?? '',
    namespaceLabels: stringLabels(namespaceObject),
    labels: subject.metadata.labels ?? {},
  };
}

/** `rollout.windows`: all windows in one word. */
function windowsSummary(windows: readonly WindowFact[]): {
  readonly open: boolean;
  readonly reason: string;
  readonly nextOpen?: string;
} {
  const closed = windows.filter(({ open }) => !open);
  const nextOpen = closed[0]?.nextOpen;
  return {
    open: closed.length === 0,
    reason: closed.map(({ reason }) => reason).join('; '),
    ...(nextOpen === undefined ? {} : { nextOpen }),
  };
}
