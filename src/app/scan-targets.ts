import { readScanKinds } from '../config/scan-kinds.ts';
import type { Canary } from '../domain/canary.ts';
import { parseApiVersion, type KubeObject, type ResourceType } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Reflector } from '../kube/reflector.ts';
import { pluralOf } from '../policy/plural.ts';
import type { Parts } from './parts.ts';

/** A kind whose objects are examined. */
export interface ScanTarget {
  readonly type: ResourceType;
  /** What its objects are called in keys and examples: the kind, with its group where two kinds share a name. */
  readonly label: string;
  readonly cache: Reflector<KubeObject>;
}

/** Canaries, Deployments and the kinds of `--scan-kinds`. @throws SluiceError SLUICE_CONFIG */
export function scanTargets({ caches, config }: Parts): readonly ScanTarget[] {
  const scope = config.namespace === '' ? {} : { namespace: config.namespace };
  const configured = readScanKinds(config.scanKinds).map(({ apiVersion, kind }): ResourceType => {
    const known = Object.values(RESOURCES).find(
      (type) => type.kind === kind && type.group === parseApiVersion(apiVersion).group,
    );
    const plural = pluralOf(apiVersion, kind);
    // The path of a list over all namespaces is that of a cluster-scoped kind, too.
    return known ?? { ...parseApiVersion(apiVersion), plural, kind, namespaced: true };
  });
  const labels = new Set<string>();
  const labelOf = ({ kind, group }: ResourceType): string => {
    const label = labels.has(kind) ? `${kind}.${group}` : kind;
    labels.add(kind);
    return label;
  };
  const target = (type: ResourceType, cache: Reflector<KubeObject>): ScanTarget => ({
    type,
    label: labelOf(type),
    cache,
  });
  return [
    target(RESOURCES.canaries, caches.watch<Canary>(RESOURCES.canaries, scope)),
    target(RESOURCES.deployments, caches.watch<KubeObject>(RESOURCES.deployments, scope)),
    ...configured.map((type) =>
      target(
        type,
        // What is namespaced is not known of each kind, and one of the cluster has no list in a namespace.
        caches.watch<KubeObject>(type, { ...(type.namespaced ? scope : {}), optional: true }),
      ),
    ),
  ];
}
