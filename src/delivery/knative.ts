import type { KubeObject } from '../domain/object.ts';

/** An entry of a Knative Service's traffic. */
export interface TrafficTarget {
  latestRevision?: boolean;
  revisionName?: string;
  percent?: number;
  [field: string]: unknown;
}

/** A Knative Service, as far as rollouts concern it. */
export interface KnativeService extends KubeObject {
  spec: { traffic?: TrafficTarget[]; template?: { spec?: Record<string, unknown> } };
  status?: {
    observedGeneration?: number;
    latestCreatedRevisionName?: string;
    traffic?: TrafficTarget[];
  };
}

/** On the Service: the revision that is the primary. Flagger's name. */
export const PRIMARY_REVISION = 'flagger.app/primary-revision';

/** The newest revision, which is the canary; undefined while Knative has not made one. */
export function newestRevision(service: KubeObject): string | undefined {
  const name = (service as KnativeService).status?.latestCreatedRevisionName ?? '';
  return name === '' ? undefined : name;
}

/** The revision that is the primary. */
export function primaryRevisionName({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[PRIMARY_REVISION];
}

/**
 * The traffic of a Service: its newest revision and the primary.
 * @param canary percent of the newest revision, 0..100
 */
export function trafficOf(primary: string, canary: number): TrafficTarget[] {
  return [
    { latestRevision: true, percent: canary },
    { revisionName: primary, percent: 100 - canary },
  ];
}

/** Patch operations that set the annotation to a revision; undefined takes it away. Guarded by what was read. */
export function annotationPatch({ metadata }: KubeObject, revision: string | undefined): unknown[] {
  const path = `/metadata/annotations/${PRIMARY_REVISION.replaceAll('/', '~1')}`;
  const live = metadata.annotations?.[PRIMARY_REVISION];
  if (live === revision) return [];
  const guard = live === undefined ? [] : [{ op: 'test', path, value: live }];
  if (revision === undefined) return [...guard, { op: 'remove', path }];
  if (metadata.annotations !== undefined) return [...guard, { op: 'add', path, value: revision }];
  return [{ op: 'add', path: '/metadata/annotations', value: { [PRIMARY_REVISION]: revision } }];
}

/** Patch operations that set the traffic; undefined takes it away. Guarded by what was read. */
export function trafficPatch(
  { spec }: KnativeService,
  traffic: readonly TrafficTarget[] | undefined,
): unknown[] {
  const path = '/spec/traffic';
  const guard = spec.traffic === undefined ? [] : [{ op: 'test', path, value: spec.traffic }];
  if (traffic !== undefined) return [...guard, { op: 'add', path, value: traffic }];
  return spec.traffic === undefined ? [] : [...guard, { op: 'remove', path }];
}

/** Says which object is meant: one that was made anew under the name is another. */
export function sameObject({ metadata }: KubeObject): unknown[] {
  const { uid, resourceVersion } = metadata;
  return [
    ...(uid === undefined ? [] : [{ op: 'test', path: '/metadata/uid', value: uid }]),
    ...(resourceVersion === undefined
      ? []
      : [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }]),
  ];
}
