import type { Canary } from '../../domain/canary.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../domain/object.ts';
import type { DeliveryNames } from '../names.ts';
import type { ObjectWrite } from '../object-write.ts';
import type { Problem } from '../problem.ts';
import type { Service } from '../service.ts';

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
  /** When its current rollout began, for a kind that does not say so itself. Milliseconds since the Unix epoch. */
  readonly since?: number;
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

/** What a kind of target is like; shared code asks this, never which kind it is. */
export interface WorkloadCapabilities {
  /** Has a pod template: a label selects its pods, Services are generated for it, its ConfigMaps and Secrets tracked. */
  readonly pods: boolean;
  /** Its size can be set, so that a target that nobody needs runs no pods. */
  readonly scales: boolean;
  /** Its primary is an object of its own that the Canary owns. */
  readonly ownPrimary: boolean;
}

/** An object that belongs to a target. */
export interface WorkloadPart {
  readonly type: ResourceType;
  readonly key: ObjectKey;
}

/** A generated Service, and how a live one is put right. */
export interface GeneratedService {
  readonly role: 'canary' | 'primary' | 'apex';
  readonly wanted: Service;
  /** The whole object to write; undefined when it is right. */
  readonly repair: (live: Service) => Service | undefined;
}

/** What generated Services are made from. */
export interface ServiceContext {
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly selector: SelectorLabel;
}

/** One kind of target. Pure: it reads and decides, callers read and write objects. */
export interface Workload {
  readonly kind: string;
  readonly resource: ResourceType;
  /** Groups of `spec.targetRef.apiVersion` that mean it. */
  readonly groups: readonly string[];
  /** The only version of it that is understood; absent: any. */
  readonly version?: string;
  readonly capabilities: WorkloadCapabilities;
  /** Name of the family of builtin queries, where the kind decides and not the router. */
  readonly metricFamily?: string;
  /** The only provider that routes to it; absent: every one that does not name its targets. */
  readonly provider?: string;
  /** Where the primary and the object that says how the newest pods are lie, when the target says so. */
  follow?(
    target: KubeObject,
    names: DeliveryNames,
  ): { readonly primary: WorkloadPart | undefined; readonly pods: WorkloadPart | undefined };
  /** What keeps it from being rolled out. */
  problem?(
    target: KubeObject,
    context: { names: DeliveryNames; canary: Canary },
  ): Problem | undefined;
  /** What a revision is made of: the pod template, or what stands for it where there is none. */
  template(object: KubeObject): PodTemplate;
  /** The target's template from which a primary was made. */
  original(primary: KubeObject, selector: SelectorLabel): PodTemplate;
  /** The label among `candidates` by which the target selects its pods; an empty one for a kind without pods. */
  selector(object: KubeObject, candidates: readonly string[]): SelectorLabel | undefined;
  replicas(object: KubeObject): number;
  /** Pods that can serve now. */
  available(object: KubeObject): number;
  /** @param pods what `follow` named */
  readiness(object: KubeObject, rule: ReadinessRule, pods?: KubeObject): Readiness;
  /** Why one is not ready, as Flagger words it; absent: as of a Deployment. `subject` is `<name>.<namespace>`. */
  unready?(of: 'target' | 'primary', subject: string, readiness: Readiness): string;
  /** Sets the number of pods, guarded by what was observed. */
  scale(object: KubeObject, replicas: number): readonly ObjectWrite[];
  createPrimary(target: KubeObject, context: PrimaryContext): readonly ObjectWrite[];
  promotePrimary(
    primary: KubeObject,
    target: KubeObject,
    context: PrimaryContext,
  ): readonly ObjectWrite[];
  /** Gives a primary back what it ran, or what the target has, and lets it be replaced again. */
  restorePrimary(
    primary: KubeObject,
    as: PodTemplate | { readonly target: KubeObject; readonly context: PrimaryContext },
  ): readonly ObjectWrite[];
  /** What tells by which promotion a primary was made; undefined when neither Flagger nor we made it. */
  identity(primary: KubeObject): string | undefined;
  /** The identity that a promotion of this target gives, for a kind that has no `flagger-id`. */
  promotedIdentity?(target: KubeObject): string;
  /** Whether a primary without a controller was made by Flagger or us, and taken from its Canary. */
  marked(primary: KubeObject): boolean;
  /** Whether the primary runs the same pods as the target (names of config copies aside). */
  samePods(primary: KubeObject, target: KubeObject, selector: SelectorLabel): boolean;
  /** Whether two templates of the primary make the same pods; a restart of its own makes no difference. */
  sameTemplate(live: PodTemplate, wanted: PodTemplate): boolean;
  /** Whether new templates have no effect. */
  paused(object: KubeObject): boolean;
  /** The Services that are generated for it, in the order in which they are written. */
  services(target: KubeObject, context: ServiceContext): readonly GeneratedService[];
}
