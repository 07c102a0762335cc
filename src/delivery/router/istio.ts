import type { Canary } from '../../domain/canary.ts';
import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { Weights } from '../../domain/run.ts';
import { ownerOf, RECONCILE_DISABLED, type DeliveryNames } from '../names.ts';
import type { ObjectWrite } from '../object-write.ts';
import { mergedMetadata, sameObject, type RouteMetadata } from '../route-metadata.ts';
import { destinationRuleOf } from '../destination-rule.ts';
import { virtualServiceSpec, type VirtualService } from '../virtual-service.ts';
import { isForeign, originalAnnotation, restoredOriginal } from '../virtual-service-original.ts';
import { virtualServiceProblem } from '../virtual-service-problem.ts';
import { virtualServiceWeights } from '../virtual-service-weights.ts';
import {
  ALL_TO_PRIMARY,
  type LiveObjects,
  type RouteContext,
  type RouteObservation,
  type Router,
} from './types.ts';

/** Istio: a VirtualService with the apex's name that carries the weights, and a DestinationRule for either side. */
export const router: Router = {
  providers: ['istio'],
  capabilities: {
    weighted: true,
    mirror: true,
    mirrorsWeighted: true,
    match: true,
    affinity: true,
  },
  docs: {
    summary:
      'Istio: a VirtualService with the name of the apex Service that carries the weights, and a DestinationRule for either side.',
    prerequisites: [
      'Istio with the API `networking.istio.io/v1beta1`, and its sidecar or waypoint before the pods that call.',
      'A Prometheus that has Istio’s metrics, for the builtin checks.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: shop }
spec:
  provider: istio
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  service:
    port: 9898
    hosts: [podinfo.example.com]
    gateways: [istio-system/public]
    retries: { attempts: 3, perTryTimeout: 1s, retryOn: 5xx }
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
      - name: request-success-rate
        thresholdRange: { min: 99 }
        interval: 1m`,
    notes: [
      'A VirtualService of that name that was there before is taken over; it says again what it said when the Canary is deleted with `revertOnDeletion`.',
      'A service whose `appProtocol` is `tcp` gets TCP routes, which know neither matches nor mirroring nor cookies.',
    ],
  },
  metricFamily: 'istio',
  kinds: [RESOURCES.destinationRules, RESOURCES.virtualServices],
  objects: ({ names }) => [
    { type: RESOURCES.destinationRules, key: keyOf(names, names.canaryService) },
    { type: RESOURCES.destinationRules, key: keyOf(names, names.primaryService) },
    { type: RESOURCES.virtualServices, key: keyOf(names, names.apex) },
  ],
  check: ({ canary }) => Promise.resolve(virtualServiceProblem(canary)),
  observe,
  writes,
  revert,
};

function keyOf({ namespace }: DeliveryNames, name: string): { namespace: string; name: string } {
  return { namespace, name };
}

function observe(live: LiveObjects, context: RouteContext): RouteObservation {
  const service = live[2] as VirtualService | undefined;
  if (service === undefined) return { present: false, weights: ALL_TO_PRIMARY, drifted: false };
  const weights = virtualServiceWeights(service, context.names) ?? ALL_TO_PRIMARY;
  return { present: true, weights, drifted: writes(live, context, weights).length > 0 };
}

function writes(live: LiveObjects, context: RouteContext, weights: Weights): ObjectWrite[] {
  const [canaryRule, primaryRule, service] = live;
  return [
    ...ruleWrites(canaryRule, context, context.names.canaryService),
    ...ruleWrites(primaryRule, context, context.names.primaryService),
    ...serviceWrites(service as VirtualService | undefined, context, weights),
  ];
}

function ruleWrites(
  live: KubeObject | undefined,
  { canary, names }: RouteContext,
  host: string,
): ObjectWrite[] {
  const type = RESOURCES.destinationRules;
  const wanted = destinationRuleOf(canary, names, host);
  if (live === undefined) return [{ op: 'create', type, object: wanted }];
  const none: RouteMetadata = { labels: {}, annotations: {}, owned: true };
  const metadata = mergedMetadata(live.metadata, none, canary);
  const object = { ...live, metadata, spec: wanted.spec };
  return sameObject(live, object) ? [] : [{ op: 'replace', type, object }];
}

function serviceWrites(
  live: VirtualService | undefined,
  context: RouteContext,
  weights: Weights,
): ObjectWrite[] {
  const { canary, names } = context;
  const type = RESOURCES.virtualServices;
  const spec = virtualServiceSpec(context, weights);
  const { labels, annotations } = metadataOf(context);
  if (live === undefined) {
    const object: VirtualService = {
      apiVersion: `${type.group}/${type.version}`,
      kind: type.kind,
      metadata: {
        ...keyOf(names, names.apex),
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
        annotations,
        ownerReferences: [ownerOf(canary)],
      },
      spec,
    };
    return [{ op: 'create', type, object }];
  }
  const foreign = isForeign(live, canary);
  const wanted: RouteMetadata = {
    labels,
    annotations: { ...annotations, ...(foreign ? originalAnnotation(live) : {}) },
    owned: !foreign,
  };
  const object = { ...live, metadata: mergedMetadata(live.metadata, wanted, canary), spec };
  return sameObject(live, object) ? [] : [{ op: 'replace', type, object }];
}

/** Flagger gives the route the labels of the apex Service, its selector label among them, where the spec names any. */
function metadataOf({ canary, names, selector }: RouteContext): {
  labels: Record<string, string>;
  annotations: Record<string, string>;
} {
  const { apex, unmanagedMetadata } = canary.spec.service ?? {};
  const label = selector === undefined ? {} : { [selector.key]: names.apex };
  const labels = apex === undefined ? {} : { ...apex.labels, ...label };
  const annotations = { ...apex?.annotations, ...RECONCILE_DISABLED };
  return {
    labels: without(labels, unmanagedMetadata?.labels),
    annotations: without(annotations, unmanagedMetadata?.annotations),
  };
}

function without(
  entries: Readonly<Record<string, string>>,
  unmanaged: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter(([key]) => !unmanaged.includes(key)));
}

/** A VirtualService that was there before the Canary says again what it said then. */
function revert(live: LiveObjects, { canary }: { canary: Canary }): ObjectWrite[] {
  const service = live[2] as VirtualService | undefined;
  if (service === undefined || !isForeign(service, canary)) return [];
  const object = restoredOriginal(service);
  return object === undefined ? [] : [{ op: 'replace', type: RESOURCES.virtualServices, object }];
}
