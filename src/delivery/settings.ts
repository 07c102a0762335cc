import type { Canary, CanaryAnalysis, CanaryHook, CanaryMetric } from '../domain/canary.ts';
import type { Strategy } from '../domain/run.ts';
import { parseDuration } from './duration.ts';
import { GATE_TIMEOUT_ANNOTATION } from './names.ts';
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
  readonly router: RouterCapabilities;
  /** Whether the canary gets copies of requests before it gets any of its own. */
  readonly mirror: boolean;
  /** How long one gate or hook may hold a run, milliseconds; undefined: for ever. */
  readonly gateTimeoutMs: number | undefined;
  /** What is left out of the spec because the router moves no traffic, in Flagger's words. */
  readonly notices: readonly string[];
  readonly metrics: readonly CanaryMetric[];
  readonly hooks: readonly CanaryHook[];
}

const DEFAULT_INTERVAL_MS = 60_000;
const KUBERNETES_ITERATIONS = 10;

const ANALYSIS_DEFAULTS = {
  threshold: 1,
  iterations: 0,
  stepWeight: 0,
  stepWeights: [] as number[],
  stepWeightPromotion: 0,
  canaryReadyThreshold: 100,
  primaryReadyThreshold: 100,
  metrics: [] as CanaryMetric[],
  webhooks: [] as CanaryHook[],
};

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
  const analysis = { ...ANALYSIS_DEFAULTS, ...canary.spec.analysis };
  const strategy = strategyOf(analysis, capabilities);
  return {
    provider,
    strategy,
    intervalMs: intervalOf(analysis, minIntervalMs),
    threshold: Math.max(1, analysis.threshold),
    ...stepsOf(analysis),
    stepWeightPromotion: Math.max(0, analysis.stepWeightPromotion),
    iterations: iterationsOf(analysis.iterations, capabilities),
    canaryReadyPercent: analysis.canaryReadyThreshold,
    primaryReadyPercent: analysis.primaryReadyThreshold,
    progressDeadlineSeconds: canary.spec.progressDeadlineSeconds ?? 600,
    skipAnalysis: canary.spec.skipAnalysis === true,
    suspended: canary.spec.suspend === true,
    routesTraffic: capabilities.weighted,
    router: capabilities,
    // All requests of an A/B test that match are the canary's: there is nothing left to copy.
    mirror: analysis.mirror === true && capabilities.weighted && strategy !== 'ab-testing',
    notices: noticesOf(analysis, capabilities),
    gateTimeoutMs: parseDuration(canary.metadata.annotations?.[GATE_TIMEOUT_ANNOTATION] ?? ''),
    metrics: analysis.metrics,
    hooks: analysis.webhooks,
  };
}

function stepsOf(
  analysis: typeof ANALYSIS_DEFAULTS & CanaryAnalysis,
): Pick<Settings, 'stepWeight' | 'stepWeights' | 'maxWeight'> {
  const { stepWeight, stepWeights } = analysis;
  const usesList = stepWeight <= 0 && stepWeights.length > 0;
  if (!usesList) return { stepWeight, stepWeights: [], maxWeight: maxWeightOf(analysis) };
  return { stepWeight, stepWeights, maxWeight: Math.min(100, stepWeights.at(-1) ?? 100) };
}

function iterationsOf(iterations: number, { weighted }: RouterCapabilities): number {
  return weighted || iterations > 0 ? iterations : KUBERNETES_ITERATIONS;
}

function noticesOf(
  { match = [], iterations }: CanaryAnalysis,
  { weighted }: RouterCapabilities,
): string[] {
  if (weighted) return [];
  return [
    ...(match.length > 0
      ? ['A/B testing is not supported when using the kubernetes provider']
      : []),
    ...((iterations ?? 0) > 0
      ? []
      : [
          'Progressive traffic is not supported when using the kubernetes provider',
          `Setting canaryAnalysis.iterations: ${KUBERNETES_ITERATIONS}`,
        ]),
  ];
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
    const next = settings.stepWeights.find((weight) => weight > live);
    return next === undefined ? undefined : Math.min(100, next);
  }
  return settings.stepWeight > 0 ? Math.min(100, live + settings.stepWeight) : undefined;
}

/** The greatest weight that the steps lead to from the live one, percent. */
export function peakWeight(settings: Settings, live: number): number {
  let peak = live;
  for (let next = nextWeight(settings, peak); next !== undefined;) {
    peak = next;
    next = nextWeight(settings, peak);
  }
  return peak;
}
