import { isDeepStrictEqual } from 'node:util';
import { RESOURCES } from '../../domain/resources.ts';
import type { Weights } from '../../domain/run.ts';
import {
  annotationPatch,
  newestRevision,
  primaryRevisionName,
  sameObject,
  trafficOf,
  trafficPatch,
  type KnativeService,
  type TrafficTarget,
} from '../knative.ts';
import type { ObjectWrite } from '../object-write.ts';
import type { Problem } from '../problem.ts';
import {
  ALL_TO_PRIMARY,
  type LiveObjects,
  type RouteContext,
  type RouteObservation,
  type Router,
} from './types.ts';

const TYPE = RESOURCES.knativeServices;

/** Knative: the traffic of the target itself, between its newest revision and the one that is the primary. */
export const router: Router = {
  providers: ['knative'],
  capabilities: {
    weighted: true,
    mirror: false,
    mirrorsWeighted: false,
    match: false,
    affinity: false,
  },
  docs: {
    summary:
      'Knative Serving: the traffic of the target itself, between its newest revision and the one that is the primary.',
    prerequisites: [
      'Knative Serving with the API `serving.knative.dev/v1`.',
      'A target of kind Service of that API; its `spec.traffic` is Sluice’s from then on.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: shop }
spec:
  provider: knative
  targetRef: { apiVersion: serving.knative.dev/v1, kind: Service, name: podinfo }
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
      - name: request-success-rate
        thresholdRange: { min: 99 }
        interval: 1m`,
    notes: ['No Services are generated, and no copy of the target: revisions are Knative’s own.'],
  },
  metricFamily: 'knative',
  kinds: [TYPE],
  objects: ({ names }) => [{ type: TYPE, key: { namespace: names.namespace, name: names.target } }],
  check: (context) => Promise.resolve(targetProblem(context)),
  observe,
  writes,
  revert,
};

function targetProblem({ canary }: RouteContext): Problem | undefined {
  const { apiVersion, kind } = canary.spec.targetRef;
  if (apiVersion === `${TYPE.group}/${TYPE.version}` && kind === TYPE.kind) return undefined;
  const message = `the provider knative needs a target of kind Service with apiVersion ${TYPE.group}/${TYPE.version}`;
  return { reason: 'TargetUnfit', message };
}

function observe(live: LiveObjects, context: RouteContext): RouteObservation {
  const service = live[0] as KnativeService | undefined;
  const primary = service && primaryRevisionName(service);
  if (service === undefined || primary === undefined) {
    return { present: false, weights: ALL_TO_PRIMARY, drifted: false };
  }
  const canary = newestShare(shownTraffic(service), service);
  const weights = { primary: 100 - canary, canary, mirrored: false };
  const drifted = !isRight(service, weights, context);
  return { present: true, weights, drifted };
}

/** The traffic as Knative reports it; as it was asked for while Knative has not seen that yet. */
function shownTraffic({ metadata, spec, status }: KnativeService): readonly TrafficTarget[] {
  const seen = status?.observedGeneration ?? 0;
  const isCurrent = seen > 0 && seen >= (metadata.generation ?? 0);
  const shown = status?.traffic ?? [];
  return isCurrent && shown.length > 0 ? shown : (spec.traffic ?? []);
}

/** Percent of the newest revision. Without any traffic entry Knative sends it everything. */
function newestShare(traffic: readonly TrafficTarget[], service: KnativeService): number {
  if (traffic.length === 0)
    return primaryRevisionName(service) === newestRevision(service) ? 0 : 100;
  return traffic
    .filter(({ latestRevision }) => latestRevision === true)
    .reduce((sum, { percent = 0 }) => sum + percent, 0);
}

/**
 * While a promotion goes on the primary's share stays with the revision that was the primary when the weights were set: both
 * may serve, and the last shift moves it.
 */
function isRight(
  { spec, ...service }: KnativeService,
  weights: Weights,
  { canary }: RouteContext,
): boolean {
  const primary = primaryRevisionName(service) ?? '';
  const traffic = spec.traffic ?? [];
  if (isDeepStrictEqual(traffic, trafficOf(primary, weights.canary))) return true;
  const former = traffic[1]?.revisionName;
  const isPromoting = canary.status?.phase === 'Promoting' && weights.canary > 0;
  return (
    isPromoting &&
    former !== undefined &&
    isDeepStrictEqual(traffic, trafficOf(former, weights.canary))
  );
}

function writes(
  live: LiveObjects,
  context: RouteContext,
  weights: Weights,
): readonly ObjectWrite[] {
  const service = live[0] as KnativeService | undefined;
  const primary = service && primaryRevisionName(service);
  // The annotation is written with the primary; without it nothing is known to be safe.
  if (service === undefined || primary === undefined) return [];
  if (isRight(service, weights, context)) return [];
  return [patch(service, context, trafficPatch(service, trafficOf(primary, weights.canary)))];
}

/** The newest revision gets everything, as it does where no traffic is written. */
function revert(live: LiveObjects, context: RouteContext): readonly ObjectWrite[] {
  const service = live[0] as KnativeService | undefined;
  const primary = service && primaryRevisionName(service);
  if (service === undefined || primary === undefined) return [];
  const body = [...annotationPatch(service, undefined), ...trafficPatch(service, undefined)];
  return [patch(service, context, body)];
}

function patch(
  service: KnativeService,
  { names }: RouteContext,
  body: readonly unknown[],
): ObjectWrite {
  const key = { namespace: names.namespace, name: names.target };
  return { op: 'patch', type: TYPE, key, body: [...sameObject(service), ...body] };
}
