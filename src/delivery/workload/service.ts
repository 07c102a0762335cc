import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../../domain/canary.ts';
import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { digestOf } from '../../lib/canonical-json.ts';
import type { Json } from '../../lib/lossless-json.ts';
import { filterByPrefix } from '../labels.ts';
import { ownerOf } from '../names.ts';
import type { ObjectWrite } from '../object-write.ts';
import type { Service } from '../service.ts';
import { copiedSpec, leadOf, repairedCopy, specForLive } from '../service-copy.ts';
import type { PodTemplate, PrimaryContext, Workload } from './types.ts';

const TYPE = RESOURCES.services;

/**
 * A core Service: what is rolled out is where it leads. Two copies of it, `<target>-canary` and `<target>-primary`, are
 * what routes lead to; the target itself is left alone. There is nothing to scale, to wait for or to track.
 */
export const workload: Workload = {
  kind: 'Service',
  resource: TYPE,
  // Flagger's examples say `core/v1`; `v1/core` reads as group v1.
  groups: ['', 'core', 'v1'],
  capabilities: { pods: false, scales: false, ownPrimary: true },
  metricFamily: 'istio',
  problem: (_target, { canary, names }) => {
    if (names.apex === names.target) return undefined;
    const message = `spec.service.name of ${canary.metadata.name}.${names.namespace} is ${names.apex}; with a target of kind Service it is the target's name or absent`;
    return { reason: 'ServiceNameUnfit', message };
  },
  template,
  original: template,
  selector: () => ({ key: '', value: '' }),
  replicas: () => 1,
  available: () => 1,
  readiness: () => ({ state: 'ready' }),
  scale: () => [],
  createPrimary: (target, { canary }) => [
    { op: 'create', type: TYPE, object: copyOf(target, canary, 'primary') },
  ],
  promotePrimary,
  restorePrimary: (primary, as) => {
    if ('target' in as) return promotePrimary(primary, as.target, as.context);
    const live = primary as Service;
    return changed(live, { ...live, spec: { ...live.spec, ...as.spec } });
  },
  identity: digestOfSpec,
  promotedIdentity: digestOfSpec,
  marked: () => false,
  samePods: (primary, target) =>
    isDeepStrictEqual(leadOf(primary as Service), leadOf(target as Service)),
  sameTemplate: (live, wanted) => isDeepStrictEqual(live, wanted),
  paused: () => false,
  services: (target, { canary }) => {
    const wanted = copyOf(target, canary, 'canary');
    return [{ role: 'canary', wanted, repair: (live) => repairedCopy(live, wanted, canary) }];
  },
};

function template(object: KubeObject): PodTemplate {
  return { spec: copiedSpec(object as Service) };
}

function digestOfSpec(object: KubeObject): string {
  return digestOf(leadOf(object as Service) as Json);
}

/** A copy has labels and annotations of the target, as in Flagger, and where it leads from the Canary. */
function copyOf(target: KubeObject, canary: Canary, role: 'canary' | 'primary'): Service {
  const { name, namespace, labels, annotations } = target.metadata;
  const kept = Object.entries(annotations ?? {}).filter(
    ([key]) =>
      key !== 'kubectl.kubernetes.io/last-applied-configuration' && !key.startsWith('sluice.dev/'),
  );
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `${name}-${role}`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
      ownerReferences: [ownerOf(canary)],
    },
    spec: { ...copiedSpec(target as Service), ...distributionOf(canary) },
  };
}

function distributionOf({ spec }: Canary): { trafficDistribution?: string } {
  const { trafficDistribution = '' } = spec.service ?? {};
  return trafficDistribution === '' ? {} : { trafficDistribution };
}

/** Labels and annotations are the target's with a configured prefix, as in Flagger; owners stay, which Flagger drops. */
function promotePrimary(
  primary: KubeObject,
  target: KubeObject,
  { canary, includeLabelPrefix }: PrimaryContext,
): readonly ObjectWrite[] {
  const live = primary as Service;
  const next: Service = {
    ...live,
    metadata: {
      ...live.metadata,
      labels: filterByPrefix(target.metadata.labels, includeLabelPrefix),
      annotations: filterByPrefix(target.metadata.annotations, includeLabelPrefix),
    },
    spec: { ...copiedSpec(target as Service), ...distributionOf(canary) },
  };
  return changed(live, next);
}

/** Cluster addresses cannot change: where they must, the Service is made anew. */
function changed(live: Service, next: Service): readonly ObjectWrite[] {
  const spec = specForLive(next.spec, live.spec);
  if (spec !== undefined) {
    const object: Service = { ...next, spec };
    return [{ op: 'replace', type: TYPE, object }];
  }
  const { name, namespace = 'default', labels = {}, annotations = {}, uid } = next.metadata;
  const { ownerReferences = [] } = next.metadata;
  const metadata = { name, namespace, labels, annotations, ownerReferences };
  const anew: Service = { ...next, metadata };
  return [
    { op: 'delete', type: TYPE, key: { namespace, name }, ...(uid === undefined ? {} : { uid }) },
    { op: 'create', type: TYPE, object: anew },
  ];
}
