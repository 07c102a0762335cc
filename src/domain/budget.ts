import type { KubeObject } from './object.ts';
import type { Condition, LabelSelector } from './policy.ts';

export interface RolloutBudgetSpec {
  /** Which Canaries and governed Deployments share it; absent: all within its namespace's reach. */
  selector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  /** Runs that may be between their start and their end at once. */
  maxConcurrent?: number;
  /** Sum over live runs of weight × declared share of traffic, in percent. */
  maxExposurePercent?: number;
  /** Who is granted first: the run that began first, or the one that asks for least. */
  order?: 'Oldest' | 'Smallest';
}

/** How much may change at once (design §3.2). Granted by the leader only. */
export interface RolloutBudget extends KubeObject {
  spec: RolloutBudgetSpec;
  status?: {
    observedGeneration?: number;
    running?: number;
    exposurePercent?: number;
    waiting?: string[];
    conditions?: Condition[];
  };
}
