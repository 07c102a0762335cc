import { createHash } from 'node:crypto';
import type { ObjectCache } from '../domain/client.ts';
import type { PolicyException } from '../domain/exception.ts';
import type { Approval } from '../domain/approval.ts';
import type { KubeObject } from '../domain/object.ts';
import type { ParamRef } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import { matchesLabels } from '../lib/label-selector.ts';
import type { PolicySnapshot } from '../policy/snapshot.ts';
import { paramObjects } from './engine.ts';
import type { Parts } from './parts.ts';

/** What the results for every object depend on, besides the object and its namespace. */
export interface ScanInputs {
  /** Of policies, bindings, the parameters they select, exceptions and their approvals; changes when any does. */
  digest(): string;
  /** When the next exception or its approval expires, milliseconds since the Unix epoch; Infinity when none does. */
  nextExpiry(nowMs: number): number;
}

/** Reads the copies that the engine decides on. */
export function scanInputs(parts: Parts): ScanInputs {
  const params = paramObjects(parts.config, parts.caches);
  const exceptions = parts.caches.watch<PolicyException>(RESOURCES.policyExceptions);
  const approvals = parts.caches.watch<Approval>(RESOURCES.approvals);
  const ofExceptions = (): readonly Approval[] =>
    approvals.list().filter(({ spec }) => spec.subject.kind === 'PolicyException');
  return {
    digest: () => {
      const snapshot = parts.engine.snapshot();
      const lines = [
        snapshot.digest,
        ...[...exceptions.list(), ...ofExceptions()].map(versionOf).sort(),
        ...selectedParams(snapshot, params).map(versionOf).sort(),
      ];
      return createHash('sha256').update(lines.join('\n')).digest('hex');
    },
    nextExpiry: (nowMs) =>
      [...exceptions.list(), ...ofExceptions()]
        .map(({ spec }) => Date.parse(spec.expiresAt ?? ''))
        .filter((at) => at > nowMs)
        .reduce((least, at) => Math.min(least, at), Infinity),
  };
}

/** Status does not count where there are generations. */
function versionOf({ metadata }: KubeObject): string {
  const { uid = '', generation, resourceVersion = '' } = metadata;
  return `${uid} ${generation ?? resourceVersion}`;
}

function selectedParams(
  { policies }: PolicySnapshot,
  params: (apiVersion: string, kind: string) => ObjectCache<KubeObject> | undefined,
): readonly KubeObject[] {
  return policies.flatMap(({ compiled, bindings }) => {
    const { paramKind } = compiled.policy.spec;
    if (paramKind === undefined) return [];
    const cache = params(paramKind.apiVersion, paramKind.kind);
    const refs = bindings.flatMap(({ spec }) => spec.paramRef ?? []);
    return (cache?.list() ?? []).filter((object) => refs.some((ref) => mayBe(ref, object)));
  });
}

/** In any namespace: which one it is follows from the object that is examined. */
function mayBe({ name, namespace, selector }: ParamRef, { metadata }: KubeObject): boolean {
  if (namespace !== undefined && metadata.namespace !== undefined) {
    if (namespace !== metadata.namespace) return false;
  }
  return name === undefined ? matchesLabels(selector, metadata.labels) : metadata.name === name;
}
