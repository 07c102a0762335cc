import type { BudgetFact } from './decision.ts';
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

/** What a hold by a budget says; kept in the run, from where {@link readBudgetReason} takes how much it asks for. */
export function budgetReason(fact: BudgetFact): string {
  const { namespace, name, unit, limit, used, requested, ahead } = fact;
  const amount = (value: number): string => (unit === 'runs' ? `${value} runs` : `${value}%`);
  const needs = unit === 'runs' ? '1 run more' : amount(requested);
  const never = requested > limit ? '; it never gives that much' : '';
  const before = ahead === 0 ? '' : `; ${ahead} waiting before it`;
  return `rollout budget ${namespace}/${name}: needs ${needs}, ${amount(used)} of ${amount(limit)} in use${before}${never}`;
}

const REASON = /^rollout budget (\S+): needs ([\d.]+)(%| run more)/;

/** Reads {@link budgetReason}: which budget (`<namespace>/<name>`), and how much of it; undefined for other texts. */
export function readBudgetReason(
  text: string,
): { budget: string; unit: BudgetFact['unit']; requested: number } | undefined {
  const [, budget, amount, unit] = REASON.exec(text) ?? [];
  if (budget === undefined) return undefined;
  return { budget, unit: unit === '%' ? 'percent' : 'runs', requested: Number(amount) };
}

/** Annotation of a Canary or Deployment: the percent of all traffic that it serves. */
export const TRAFFIC_SHARE = 'sluice.dev/traffic-share';

/**
 * The declared share of traffic in percent, with at most two decimals; 100 when none is declared.
 * @returns `problem` when what is declared is no share, which counts as 100
 */
export function trafficShare(annotations: Readonly<Record<string, string>> | undefined): {
  readonly percent: number;
  readonly problem?: string;
} {
  const text = annotations?.[TRAFFIC_SHARE];
  if (text === undefined) return { percent: 100 };
  const percent = Number(text);
  if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && percent <= 100) return { percent };
  return {
    percent: 100,
    problem: `annotation ${TRAFFIC_SHARE} is no percentage from 0 to 100 with at most two decimals: it counts as 100`,
  };
}
