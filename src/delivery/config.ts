import type { Approval } from '../domain/approval.ts';
import type { Canary } from '../domain/canary.ts';
import type { EventRecorder, ObjectCache, ObjectClient } from '../domain/client.ts';
import type { Clock } from '../domain/clock.ts';
import type { GateKeeper } from '../domain/gates.ts';
import type { Logger } from '../domain/logger.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { OutboundClient } from '../domain/transport.ts';
import type { ConfigMark } from './config-digest.ts';
import { NO_ALERTS, type AlertConfig } from './alert-config.ts';
import type { Fence } from './foreign-executor.ts';
import type { DeliveryMetrics } from './metrics.ts';

/** Executor options, under Flagger's names where it has them. */
export interface DeliveryConfig {
  /** Prometheus address for builtin and inline queries when the Canary names none. */
  readonly metricsServer: string;
  /** Provider of Canaries that name none. */
  readonly meshProvider: string;
  /** Lower bound of analysis intervals, milliseconds (Flagger's floor is 10,000). */
  readonly minIntervalMs: number;
  /** Prefixes of target labels and annotations that the primary gets; `*` means all. */
  readonly includeLabelPrefix: readonly string[];
  /** Selector labels, the first that the target uses counts. */
  readonly selectorLabels: readonly string[];
  /** Where events go when a Canary lists no event hook; '' means nowhere. */
  readonly eventWebhook: string;
  readonly noCrossNamespaceRefs: boolean;
  /** Whether changes of ConfigMaps and Secrets are rolled out, and primaries get copies of them. */
  readonly enableConfigTracking: boolean;
  /** Time-out of one metric query, milliseconds (Flagger: 5,000). */
  readonly metricTimeoutMs: number;
  /** The only namespace whose Canaries are run; '' means all. */
  readonly namespace: string;
  /** Whether every Canary gets a finalizer, so that its deletion leaves a target that serves. */
  readonly safeDeletion: boolean;
  /** RolloutRuns kept for one subject. */
  readonly historyLimit: number;
  /** Class of generated Ingresses; '' leaves it out. */
  readonly ingressClass: string;
  /** Prefix of the ingress controller's annotations, without the slash. */
  readonly ingressAnnotationsPrefix: string;
  readonly alerts: AlertConfig;
}

/** What Flagger's flags default to. */
export const DEFAULT_DELIVERY_CONFIG: DeliveryConfig = {
  metricsServer: 'http://prometheus:9090',
  meshProvider: 'kubernetes',
  minIntervalMs: 10_000,
  includeLabelPrefix: [],
  selectorLabels: ['app', 'name', 'app.kubernetes.io/name'],
  eventWebhook: '',
  noCrossNamespaceRefs: true,
  enableConfigTracking: true,
  metricTimeoutMs: 5000,
  namespace: '',
  safeDeletion: false,
  historyLimit: 10,
  ingressClass: '',
  ingressAnnotationsPrefix: 'nginx.ingress.kubernetes.io',
  alerts: NO_ALERTS,
};

/** What the delivery reconciler needs from outside. Caches are optional; without them an idle Canary costs reads. */
export interface DeliveryDeps {
  readonly client: ObjectClient;
  readonly caches?: {
    readonly canaries?: ObjectCache<Canary>;
    /** Copies of targets and primaries, by the resource's plural name and group: `deployments.apps`, `services.`. */
    readonly workloads?: ReadonlyMap<string, ObjectCache<KubeObject>>;
    readonly services?: ObjectCache<KubeObject>;
    /** Marks of ConfigMaps and Secrets, never their content. */
    readonly configMaps?: ObjectCache<ConfigMark>;
    readonly secrets?: ObjectCache<ConfigMark>;
    readonly runs?: ObjectCache<RolloutRun>;
    readonly approvals?: ObjectCache<Approval>;
    /** Copies of autoscalers, by the resource's plural name and group. */
    readonly scalers?: ReadonlyMap<string, ObjectCache<KubeObject>>;
    /** Copies of what routers write, by the resource's plural name and group: `httproutes.gateway.networking.k8s.io`. */
    readonly routes?: ReadonlyMap<string, ObjectCache<KubeObject>>;
  };
  readonly gateKeeper: GateKeeper;
  /**
   * Which Approvals of a run count: unexpired, said by somebody who may, and by enough people. Absent: all of them.
   * @param now milliseconds since the Unix epoch
   */
  readonly standing?: (
    approvals: readonly Approval[],
    run: RolloutRun,
    now: number,
  ) => readonly Approval[];
  /** Absent: nothing keeps another controller out, and none is looked for beside the Canary itself. */
  readonly fence?: Fence | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly events: EventRecorder;
  readonly outbound: OutboundClient;
  readonly metrics?: DeliveryMetrics;
  readonly config: DeliveryConfig;
}
