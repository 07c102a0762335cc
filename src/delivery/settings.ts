import type { Canary, CanaryAnalysis, CanaryHook, CanaryMetric } from '../domain/canary.ts';
import type { Strategy } from '../domain/run.ts';
import { parseDuration } from './duration.ts';
import type { RouterCapabilities } from './router/types.ts';

/** A Canary's spec with every default of Flagger applied. Weights are percent, times milliseconds. */
export interface Settings {
  readonly provider: string;
  readonly strategy: Strategy;
  readonly intervalMs: number;
  readonly threshold: number;
  /** Weight from which the next step is the promotion. */
  readonly maxWeight: number;
  readonly stepWeight: number;
  readonly stepWeights: readonly number[];
  readonly stepWeightPromotion: number;
  readonly iterations: number;
  readonly canaryReadyPercent: number;
  readonly primaryReadyPercent: number;
  readonly progressDeadlineSeconds: number;
  readonly skipAnalysis: boolean;
  readonly suspended: boolean;
  /** Whether the router can move live traffic. */
  readonly routesTraffic: boolean;
  readonly metrics: readonly CanaryMetric[];
  readonly hooks: readonly CanaryHook[];
}

const DEFAULT_INTERVAL_MS = 60_000;
const KUBERNETES_ITERATIONS = 10;

/**
 * Reads a Canary's settings.
 * @param canary the object as stored
 * @param provider its provider, or the configured default
 * @param capabilities what that provider's router can do
 * @param minIntervalMs lower bound of the interval
 */
export function settingsOf(
  canary: Canary,
  provider: string,
  capabilities: RouterCapabilities,
  minIntervalMs: number,
): Settings {
  const analysis = canary.spec.analysis ?? {};
  const iterations = analysis.iterations ?? 0;
  const stepWeights = analysis.stepWeights ?? [];
  const usesList = (analysis.stepWeight ?? 0) <= 0 && stepWeights.length > 0;
  return {
    provider,
    strategy: strategyOf(analysis, capabilities),
    intervalMs: intervalOf(analysis, minIntervalMs),
    threshold: Math.max(1, analysis.threshold ?? 1),
    maxWeight: usesList ? Math.min(100, stepWeights.at(-1) ?? 100) : maxWeightOf(analysis),
    stepWeight: analysis.stepWeight ?? 0,
    stepWeights: usesList ? stepWeights : [],
    stepWeightPromotion: analysis.stepWeightPromotion ?? 0,
    iterations: capabilities.weighted
      ? iterations
      : Math.max(iterations, 0) || KUBERNETES_ITERATIONS,
    canaryReadyPercent: analysis.canaryReadyThreshold ?? 100,
    primaryReadyPercent: analysis.primaryReadyThreshold ?? 100,
    progressDeadlineSeconds: canary.spec.progressDeadlineSeconds ?? 600,
    skipAnalysis: canary.spec.skipAnalysis === true,
    suspended: canary.spec.suspend === true,
    routesTraffic: capabilities.weighted,
    metrics: analysis.metrics ?? [],
    hooks: analysis.webhooks ?? [],
  };
}

function maxWeightOf(analysis: CanaryAnalysis): number {
  const weight = analysis.maxWeight ?? 0;
  return weight > 0 ? Math.min(100, weight) : 100;
}

function intervalOf(analysis: CanaryAnalysis, minIntervalMs: number): number {
  const interval = parseDuration(analysis.interval ?? '') ?? DEFAULT_INTERVAL_MS;
  return Math.max(minIntervalMs, interval);
}

function strategyOf(analysis: CanaryAnalysis, capabilities: RouterCapabilities): Strategy {
  // Flagger drops `match` and iterates when the provider cannot route.
  if (!capabilities.weighted) return 'blue-green';
  if ((analysis.iterations ?? 0) <= 0) return 'canary';
  return (analysis.match ?? []).length > 0 ? 'ab-testing' : 'blue-green';
}

/**
 * The weight of the next step: strictly above the live one.
 * @param live the canary's share now, 0..100
 * @returns 1..100, or undefined when the next step is the promotion
 */
export function nextWeight(settings: Settings, live: number): number | undefined {
  if (live >= settings.maxWeight) return undefined;
  if (settings.stepWeights.length > 0) {
    return settings.stepWeights.find((weight) => weight > live && weight <= 100);
  }
  return settings.stepWeight > 0 ? Math.min(100, live + settings.stepWeight) : undefined;
}

/** What this version cannot do of a Canary's spec; undefined when it can do all of it. */
export function unsupportedOf(canary: Canary, settings: Settings): string | undefined {
  const analysis = canary.spec.analysis ?? {};
  if (canary.spec.autoscalerRef !== undefined) return 'spec.autoscalerRef is not supported';
  if (settings.strategy === 'ab-testing') {
    return 'A/B testing (analysis.match with analysis.iterations) is not supported';
  }
  if (settings.routesTraffic && (analysis.match ?? []).length > 0) {
    return 'analysis.match is not supported';
  }
  if (analysis.mirror === true) return 'traffic mirroring (analysis.mirror) is not supported';
  if (analysis.sessionAffinity !== undefined) return 'analysis.sessionAffinity is not supported';
  const noSteps = settings.stepWeight <= 0 && settings.stepWeights.length === 0;
  if (settings.strategy === 'canary' && noSteps && !settings.skipAnalysis) {
    return 'spec.analysis has none of stepWeight, stepWeights and iterations, so nothing would advance';
  }
  return undefined;
}
