import type { KubeObject } from './object.ts';

export type CanaryPhase =
  | ''
  | 'Initializing'
  | 'Initialized'
  | 'Waiting'
  | 'Progressing'
  | 'WaitingPromotion'
  | 'Promoting'
  | 'Finalising'
  | 'Succeeded'
  | 'Failed'
  | 'Terminating';

export type HookType =
  | 'confirm-rollout'
  | 'pre-rollout'
  | 'rollout'
  | 'confirm-traffic-increase'
  | 'confirm-promotion'
  | 'post-rollout'
  | 'event'
  | 'rollback';

export interface CanaryHook {
  name: string;
  url: string;
  /** '' or absent means `rollout`. */
  type?: HookType | '';
  muteAlert?: boolean;
  timeout?: string;
  retries?: number;
  disableTLS?: boolean;
  metadata?: Record<string, string>;
}

export interface CanaryMetric {
  name: string;
  interval?: string;
  threshold?: number;
  thresholdRange?: { min?: number; max?: number };
  query?: string;
  templateRef?: { name: string; namespace?: string };
  templateVariables?: Record<string, string>;
}

export interface CanaryAnalysis {
  interval?: string;
  iterations?: number;
  threshold?: number;
  maxWeight?: number;
  stepWeight?: number;
  stepWeights?: number[];
  stepWeightPromotion?: number;
  mirror?: boolean;
  mirrorWeight?: number;
  primaryReadyThreshold?: number;
  canaryReadyThreshold?: number;
  match?: Record<string, unknown>[];
  metrics?: CanaryMetric[];
  webhooks?: CanaryHook[];
  alerts?: { name: string; severity?: string; providerRef: { name: string; namespace?: string } }[];
  sessionAffinity?: Record<string, unknown>;
}

export interface ServiceMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface CanaryService {
  name?: string;
  port: number;
  portName?: string;
  targetPort?: number | string;
  appProtocol?: string;
  trafficDistribution?: string;
  portDiscovery?: boolean;
  headless?: boolean;
  timeout?: string;
  backendTimeout?: string;
  gatewayRefs?: Record<string, unknown>[];
  hosts?: string[];
  match?: Record<string, unknown>[];
  rewrite?: { uri?: string; authority?: string; type?: string };
  headers?: { request?: HeaderOperations; response?: HeaderOperations };
  mirror?: Record<string, unknown>[];
  corsPolicy?: Record<string, unknown>;
  apex?: ServiceMetadata;
  primary?: ServiceMetadata;
  canary?: ServiceMetadata;
  unmanagedMetadata?: { annotations?: string[]; labels?: string[] };
  [field: string]: unknown;
}

export interface HeaderOperations {
  add?: Record<string, string>;
  set?: Record<string, string>;
  remove?: string[];
}

export interface CanarySpec {
  provider?: string;
  metricsServer?: string;
  targetRef: { apiVersion: string; kind: string; name: string };
  autoscalerRef?: {
    apiVersion: string;
    kind: string;
    name: string;
    /** Queries of the primary's scaler, by the names of its triggers. */
    primaryScalerQueries?: Record<string, string>;
    primaryScalerReplicas?: { minReplicas?: number; maxReplicas?: number };
  };
  ingressRef?: { apiVersion: string; kind: string; name: string };
  routeRef?: { apiVersion: string; kind: string; name: string };
  service?: CanaryService;
  analysis?: CanaryAnalysis;
  progressDeadlineSeconds?: number;
  skipAnalysis?: boolean;
  revertOnDeletion?: boolean;
  suspend?: boolean;
}

export interface CanaryCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
}

/** Status as Flagger writes it: the four counters are always present. */
export interface CanaryStatus {
  phase: CanaryPhase;
  failedChecks: number;
  canaryWeight: number;
  iterations: number;
  trackedConfigs?: Record<string, string>;
  lastAppliedSpec?: string;
  lastPromotedSpec?: string;
  lastTransitionTime?: string;
  sessionAffinityCookie?: string;
  primarySessionAffinityCookie?: string;
  previousSessionAffinityCookie?: string;
  conditions?: CanaryCondition[];
  [field: string]: unknown;
}

/** `flagger.app/v1beta1` Canary: the fields that Sluice reads; the rest stays in the object. */
export interface Canary extends KubeObject {
  spec: CanarySpec;
  status?: CanaryStatus;
}
