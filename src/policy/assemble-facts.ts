import { rfc3339Millis } from './instant.ts';
import type { Facts, FreshnessFact, RequestFacts, WindowFact } from '../domain/decision.ts';
import type { GateQuestion } from '../domain/gates.ts';
import { parseApiVersion, type KubeObject, type ResourceType } from '../domain/object.ts';
import type { CallSite } from '../domain/policy.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { PolicyEngineDeps, ReviewInput } from './engine.ts';
import { collectParams } from './collect-params.ts';
import { labelsOf } from './match.ts';
import { pluralOf } from './plural.ts';
import { cachesOf, isFresh, type WatchedKind } from './readiness.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** The facts of a decision on a write, taken from the caches at this moment. */
export function admissionFacts(
  deps: PolicyEngineDeps,
  snapshot: PolicySnapshot,
  { request, object, oldObject, isFinal = false }: ReviewInput,
): Facts {
  const shared = sharedFacts(deps, snapshot, 'Admission', request);
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
    now: rfc3339Millis(deps.clock.now()),
  };
}

/** The facts of a decision at a gate. */
export function gateFacts(
  deps: PolicyEngineDeps,
  snapshot: PolicySnapshot,
  question: GateQuestion,
): Facts {
  const { gate, subject, changedBy, now } = question;
  const shared = sharedFacts(deps, snapshot, gate, requestOf(question));
  const windows = deps.evaluateWindows(deps.windows.list(), windowSubject(subject, shared), {
    gate,
    now,
    systemNamespace: deps.systemNamespace,
  });
  return {
    ...shared,
    object: subject as unknown as Json,
    oldObject: null,
    rollout: {
      ...question.rollout,
      gate,
      changedBy,
      approvals: [],
      windows: windowsSummary(windows),
      exceptions: [],
    },
    windows,
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
  return {
    ...sharedFacts(deps, snapshot, 'Scan', request),
    object: object as unknown as Json,
    oldObject: null,
    rollout: null,
    windows: [],
    now: rfc3339Millis(deps.clock.now()),
  };
}

function sharedFacts(
  deps: PolicyEngineDeps,
  snapshot: PolicySnapshot,
  callSite: CallSite,
  request: RequestFacts,
): Omit<Facts, 'object' | 'oldObject' | 'rollout' | 'windows' | 'now'> {
  const { namespace = '' } = request;
  const namespaceObject = namespace === '' ? undefined : deps.namespaces.get({ name: namespace });
  const { params, freshness } = collectParams(deps, snapshot, callSite, request);
  return {
    callSite,
    request,
    namespaceObject: (namespaceObject ?? null) as unknown as Json,
    params,
    authorizer: {},
    exceptions: [],
    approvals: [],
    budgets: [],
    freshness: { ...kindFreshness(deps, callSite), ...freshness },
  };
}

/** Windows are asked at gates only, so that their age matters only there. */
function kindFreshness(
  deps: PolicyEngineDeps,
  callSite: CallSite,
): Readonly<Record<string, FreshnessFact>> {
  const caches = cachesOf(deps);
  const kinds: readonly WatchedKind[] =
    callSite === 'Admission' || callSite === 'Scan'
      ? ['RolloutPolicy', 'RolloutPolicyBinding', 'Namespace']
      : ['RolloutPolicy', 'RolloutPolicyBinding', 'Namespace', 'ChangeWindow'];
  return Object.fromEntries(
    kinds.map((kind) => [kind, isFresh(caches[kind], deps.freshnessMs) ? 'fresh' : 'unknown']),
  );
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

function stringLabels(object: Json): Readonly<Record<string, string>> {
  const labels = isJsonObject(object) ? labelsOf(object) : {};
  return Object.fromEntries(
    Object.entries(labels).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
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
