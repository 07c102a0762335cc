import type { Canary } from '../../domain/canary.ts';
import type { KubeObject, ResourceType } from '../../domain/object.ts';

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: {
    containers?: { name: string; image?: string; ports?: ContainerPort[] }[];
    [field: string]: unknown;
  };
}

interface ContainerPort {
  name?: string;
  containerPort: number;
  protocol?: string;
}

/** The label by which Services select the workload's pods. */
export interface SelectorLabel {
  readonly key: string;
  readonly value: string;
}

/**
 * Whether a workload runs its current template. `stuck`: it missed its deadline, waiting will not help. `refused`: the
 * API server does not let its pods be made.
 */
export type Readiness =
  | { readonly state: 'ready' }
  | {
      readonly state: 'progressing' | 'stuck';
      readonly message: string;
      readonly refused?: boolean;
    };

export interface ReadinessRule {
  /** Percent of the updated pods that must be available. */
  readonly percent: number;
  readonly deadlineSeconds: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** What making a primary needs beside the target. */
export interface PrimaryContext {
  readonly canary: Canary;
  readonly selector: SelectorLabel;
  readonly includeLabelPrefix: readonly string[];
  /** Keys of the ConfigMaps and Secrets of which the primary has copies, as in `status.trackedConfigs`. */
  readonly configs: ReadonlySet<string>;
  /** Value of the pod annotation `flagger-id`, new at each promotion; `primaryRevision` reads it back. */
  readonly rolloutId: string;
}

/** One kind of target. Pure: it reads and makes objects, callers write them. */
export interface Workload {
  readonly kind: string;
  readonly resource: ResourceType;
  /** Name of the family of builtin queries, where the kind decides and not the router. */
  readonly metricFamily?: string;
  template(object: KubeObject): PodTemplate;
  /** The label among `candidates` by which the target selects its pods. */
  selector(object: KubeObject, candidates: readonly string[]): SelectorLabel | undefined;
  replicas(object: KubeObject): number;
  /** Pods that can serve now. */
  available(object: KubeObject): number;
  readiness(object: KubeObject, rule: ReadinessRule): Readiness;
  /** JSON patch that sets the number of pods, guarded by what was observed. */
  scalePatch(object: KubeObject, replicas: number): readonly unknown[];
  createPrimary(target: KubeObject, context: PrimaryContext): KubeObject;
  promotePrimary(primary: KubeObject, target: KubeObject, context: PrimaryContext): KubeObject;
  /** What tells by which promotion a primary was made; undefined when neither Flagger nor we made it. */
  identity(primary: KubeObject): string | undefined;
  /** Whether the primary runs the same pods as the target (names of config copies aside). */
  samePods(primary: KubeObject, target: KubeObject, selector: SelectorLabel): boolean;
  /** Whether two templates of the primary make the same pods; a restart of its own makes no difference. */
  sameTemplate(live: PodTemplate, wanted: PodTemplate): boolean;
  /** Whether new templates have no effect. */
  paused(object: KubeObject): boolean;
  /** The object with this template, and not paused. */
  withTemplate(object: KubeObject, template: PodTemplate): KubeObject;
}
