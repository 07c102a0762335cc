import type { ExceptionFact, Facts, UserInfo } from '../domain/decision.ts';
import type { KubeObject } from '../domain/object.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { requestOf } from './case-input.ts';
import { collectParams } from './collect-params.ts';
import type { ExceptionSubject } from '../domain/exception.ts';
import { labelsOf } from './match.ts';
import type { PolicySnapshot } from './snapshot.ts';
import { staticCache } from './static-cache.ts';

/** What is known of the cluster when there is none. */
export interface OfflineWorld {
  /** Objects that namespaces and parameters are taken from. */
  readonly objects: readonly KubeObject[];
  /** Namespace of objects that name none; '' when they stay without. */
  readonly namespace: string;
  readonly userInfo: UserInfo;
  /** RFC 3339. */
  readonly now: string;
  /** Exceptions that concern a subject; absent: there are none. */
  readonly exceptionsOf?: (subject: ExceptionSubject) => readonly ExceptionFact[];
}

/** The facts of creating an object that only files describe. */
export function offlineFacts(snapshot: PolicySnapshot, object: Json, world: OfflineWorld): Facts {
  const given = { userInfo: world.userInfo as Json, operation: 'CREATE' };
  const derived = requestOf(given, object, null);
  const request =
    derived.namespace === undefined && world.namespace !== ''
      ? { ...derived, namespace: world.namespace }
      : derived;
  const { freshness, ...collected } = collectParams(
    { paramObjects: (apiVersion, kind) => kindCache(world, apiVersion, kind), freshnessMs: 0 },
    snapshot,
    'Admission',
    request,
  );
  const namespaceObject = namespaceOf(request.namespace, world);
  const exceptions = world.exceptionsOf?.({
    kind: request.kind.kind,
    name: request.name,
    namespace: request.namespace ?? '',
    namespaceLabels: labelsOf(namespaceObject),
    labels: labelsOf(object),
  });
  return {
    callSite: 'Admission',
    request,
    object,
    oldObject: null,
    namespaceObject,
    ...collected,
    authorizer: {},
    rollout: null,
    exceptions: exceptions ?? [],
    approvals: [],
    windows: [],
    budgets: [],
    freshness,
    now: world.now,
  };
}

function kindCache({ objects }: OfflineWorld, apiVersion: string, kind: string) {
  return staticCache(
    objects.filter((object) => object.apiVersion === apiVersion && object.kind === kind),
  );
}

/** The namespace among the files; one that is not there has the label that every namespace has, and no other. */
function namespaceOf(name: string | undefined, { objects }: OfflineWorld): Json {
  if (name === undefined) return null;
  const found = objects.find(
    (object) =>
      object.kind === 'Namespace' && object.apiVersion === 'v1' && object.metadata.name === name,
  );
  if (found === undefined) {
    return {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    };
  }
  const labels = labelsOf(found as unknown as Json);
  const metadata = {
    ...found.metadata,
    labels: { ...labels, 'kubernetes.io/metadata.name': name },
  };
  return isJsonObject(found as unknown as Json)
    ? ({ ...found, metadata } as unknown as Json)
    : null;
}
