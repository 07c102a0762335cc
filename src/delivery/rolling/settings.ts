import type { CanaryMetric } from '../../domain/canary.ts';
import { ANALYSIS_ANNOTATION } from '../../domain/governed-deployment.ts';
import type { KubeObject } from '../../domain/object.ts';
import { isJsonArray, isJsonObject, type Json } from '../../lib/lossless-json.ts';
import { parseYamlDocuments, YamlError } from '../../lib/yaml-documents.ts';
import { parseDuration } from '../duration.ts';
import type { Problem } from '../problem.ts';

/** How the rollout of a plain Deployment is judged. */
export interface RollingSettings {
  /** Between two measurements, milliseconds. */
  readonly intervalMs: number;
  /** Failed checks, or checks without answer in a row, after which the last good template comes back; at least 1. */
  readonly threshold: number;
  /** Rounds of checks that must pass once every pod is there; 0 without metrics. */
  readonly iterations: number;
  readonly metrics: readonly CanaryMetric[];
  /** Undefined: the configured one. */
  readonly metricsServer: string | undefined;
  /** Seconds after which a Deployment that does not come up has failed. */
  readonly progressDeadlineSeconds: number;
  /** Why the annotation cannot be read; then no rollout starts. */
  readonly problem: Problem | undefined;
}

type Analysis = Pick<RollingSettings, 'metrics' | 'metricsServer'> & {
  readonly interval?: number;
  readonly threshold?: number;
  readonly iterations?: number;
};

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_DEADLINE_S = 600;
const MAX_LENGTH = 64 * 1024;
const NO_ANALYSIS: Analysis = { metrics: [], metricsServer: undefined };

/**
 * Reads what a Deployment's annotation `sluice.dev/analysis` says: JSON or YAML with `interval`, `threshold`,
 * `iterations`, `metricsServer` and `metrics`, the last as in a Canary's analysis.
 * @param minIntervalMs lower bound of the interval
 */
export function rollingSettings(deployment: KubeObject, minIntervalMs: number): RollingSettings {
  const text = deployment.metadata.annotations?.[ANALYSIS_ANNOTATION];
  const read = text === undefined ? NO_ANALYSIS : readAnalysis(text);
  const analysis = 'reason' in read ? NO_ANALYSIS : read;
  const spec = (deployment as { spec?: { progressDeadlineSeconds?: number } }).spec ?? {};
  const { metrics, metricsServer, interval = DEFAULT_INTERVAL_MS, threshold = 1 } = analysis;
  return {
    intervalMs: Math.max(minIntervalMs, interval),
    threshold: Math.max(1, threshold),
    iterations: metrics.length === 0 ? 0 : Math.max(1, analysis.iterations ?? 1),
    metrics,
    metricsServer,
    progressDeadlineSeconds: spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_S,
    problem: 'reason' in read ? read : undefined,
  };
}

/** @returns a problem when the text is not an analysis */
function readAnalysis(text: string): Analysis | Problem {
  if (text.length > MAX_LENGTH) return problem('it is too long');
  let value: Json | undefined;
  try {
    value = parseYamlDocuments(text)[0]?.value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return problem(`line ${error.line}, column ${error.column}: ${error.message}`);
  }
  if (!isJsonObject(value)) return problem('it is no object');
  const known = Object.keys(SHAPES);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) return problem(`unknown member; known: ${known.join(', ')}`);
  return membersOf(value);
}

/** What each member must be. */
const SHAPES: Readonly<Record<string, readonly [fits: (value: Json) => boolean, wanted: string]>> =
  {
    interval: [isDuration, 'interval is no duration such as 30s'],
    threshold: [isCount, 'threshold is no count'],
    iterations: [isCount, 'iterations is no count'],
    metricsServer: [(value) => typeof value === 'string', 'metricsServer is no text'],
    metrics: [
      (value) => isJsonArray(value) && value.every(isMetric),
      'metrics is no list of checks, each with a name and a thresholdRange',
    ],
  };

function membersOf(value: { readonly [key: string]: Json }): Analysis | Problem {
  for (const [name, member] of Object.entries(value)) {
    const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
    if (shape?.[0](member) === false) return problem(shape[1]);
  }
  // Every member has the shape that was asked of it.
  const { interval, ...rest } = value as unknown as Partial<Omit<Analysis, 'interval'>> & {
    interval?: string;
  };
  const intervalMs = interval === undefined ? undefined : parseDuration(interval);
  return {
    ...NO_ANALYSIS,
    ...rest,
    ...(intervalMs === undefined ? {} : { interval: intervalMs }),
  };
}

function isDuration(value: Json): boolean {
  return typeof value === 'string' && parseDuration(value) !== undefined;
}

function isCount(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1000;
}

function isMetric(value: Json): boolean {
  return (
    isJsonObject(value) &&
    typeof value['name'] === 'string' &&
    (value['interval'] === undefined || typeof value['interval'] === 'string') &&
    isJsonObject(value['thresholdRange'])
  );
}

function problem(what: string): Problem {
  return { reason: 'AnalysisInvalid', message: `annotation ${ANALYSIS_ANNOTATION}: ${what}` };
}
