import { parseDuration } from '../delivery/duration.ts';
import type { Json } from '../lib/lossless-json.ts';
import { at, listAt, numberAt, textAt } from './protect-fields.ts';

const DAY_MS = 86_400_000;
/** More failed checks than this never end a run: at the shortest interval it is nearly three hours. */
const MAX_THRESHOLD = 1000;
const HUNDRED = { min: 0, max: 100 };

/** Numbers of `spec.analysis` and what they may be; outside of it they do not mean what they say. */
const BOUNDS: readonly { field: string; min: number; max: number }[] = [
  { field: 'stepWeight', ...HUNDRED },
  { field: 'maxWeight', ...HUNDRED },
  { field: 'stepWeightPromotion', ...HUNDRED },
  { field: 'mirrorWeight', ...HUNDRED },
  { field: 'primaryReadyThreshold', min: 1, max: 100 },
  { field: 'canaryReadyThreshold', min: 1, max: 100 },
  { field: 'threshold', min: 0, max: MAX_THRESHOLD },
];

/**
 * Values of a Canary with which its analysis cannot do what it is for: shares outside of 0 to 100, steps that do not
 * rise, an interval that cannot be read or of more than a day, a threshold that is never reached, readiness of no pods,
 * bounds that hold for every value or for none. Whether an analysis may be skipped or have no metrics is for policies to say.
 * @returns one text a value, with its field
 */
export function valueIssues(canary: Json): string[] {
  const analysis = at(canary, 'spec', 'analysis');
  if (analysis === undefined || analysis === null) return [];
  return [
    ...BOUNDS.flatMap((bound) => outside(analysis, bound)),
    ...stepIssues(analysis),
    ...intervalIssues(analysis),
    ...listAt(analysis, 'metrics').flatMap(metricIssues),
  ];
}

function outside(
  analysis: Json,
  { field, min, max }: { field: string; min: number; max: number },
): string[] {
  const value = numberAt(analysis, field);
  if (value === undefined || (value >= min && value <= max)) return [];
  return [`spec.analysis.${field}: must be from ${min} to ${max}`];
}

function stepIssues(analysis: Json): string[] {
  const steps = listAt(analysis, 'stepWeights').map((step) => numberAt({ step }, 'step') ?? 0);
  const rise = steps.every((step, index) => step > (steps[index - 1] ?? 0) && step <= 100);
  return rise ? [] : ['spec.analysis.stepWeights: must rise, from above 0 to at most 100'];
}

function intervalIssues(analysis: Json): string[] {
  const text = textAt(analysis, 'interval');
  if (text === '') return [];
  const interval = parseDuration(text);
  if (interval === undefined) return ['spec.analysis.interval: is no duration such as 30s or 1m'];
  return interval > DAY_MS ? ['spec.analysis.interval: must be at most 24h'] : [];
}

function metricIssues(metric: Json, index: number): string[] {
  const field = `spec.analysis.metrics[${index}]`;
  const range = at(metric, 'thresholdRange');
  if (range === undefined || range === null) return [];
  const [min, max] = [numberAt(range, 'min'), numberAt(range, 'max')];
  if (min === undefined && max === undefined) {
    return [`${field}.thresholdRange: has neither min nor max, so every value passes`];
  }
  if (min !== undefined && max !== undefined && min > max) {
    return [`${field}.thresholdRange: min is above max, so no value passes`];
  }
  return [];
}
