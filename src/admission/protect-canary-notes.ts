import { parseDuration } from '../delivery/duration.ts';
import { routerOf } from '../delivery/plugins.ts';
import { ProblemError } from '../delivery/problem.ts';
import { settingsOf, type Settings } from '../delivery/settings.ts';
import { impossibleIn, unroutableIn } from '../delivery/unsupported.ts';
import type { Canary, CanaryAnalysis, CanaryHook, CanaryMetric } from '../domain/canary.ts';
import { stringifyLosslessJson, type Json } from '../lib/lossless-json.ts';
import { at, textAt } from './protect-fields.ts';

/** Flagger's floor of analysis intervals, milliseconds. */
const MIN_INTERVAL_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Longest name of a Service. */
const MAX_SERVICE_NAME = 63;
const BUILTIN: ReadonlySet<string> = new Set(['request-success-rate', 'request-duration']);

/** A router that can do everything stands in for one that is not known here. */
const ANY_ROUTER = {
  weighted: true,
  mirror: true,
  mirrorsWeighted: true,
  match: true,
  affinity: true,
};

/** What to say about a Canary: texts with their fields. */
export interface CanaryNotes {
  /** What can never work, with Flagger neither. */
  readonly refused: readonly string[];
  /** What acts otherwise than it reads, or keeps the Canary waiting with a condition. */
  readonly warnings: readonly string[];
}

const NONE: CanaryNotes = { refused: [], warnings: [] };

/**
 * Looks at a Canary as its own executor will. Manifests that Flagger carries out are taken as they are, with warnings.
 * @param json a Canary that meets its schema; anything else has no notes
 * @param defaultProvider of Canaries that name none
 */
export function canaryNotes(json: Json, defaultProvider: string): CanaryNotes {
  const canary = readCanary(json);
  if (canary === undefined) return NONE;
  const provider = textAt(json, 'spec', 'provider') || defaultProvider;
  const found = capabilitiesOf(provider);
  const isKnown = typeof found !== 'string';
  const settings = settingsOf(canary, provider, isKnown ? found : ANY_ROUTER, MIN_INTERVAL_MS);
  const impossible = impossibleIn(canary, settings);
  const refused = impossible === undefined ? [] : [impossible];
  const unroutable = isKnown ? unroutableIn(canary, settings) : found;
  const waiting = unroutable === undefined ? [] : [`${unroutable}; the Canary waits`];
  return {
    refused: [...refused, ...serviceIssues(canary)],
    warnings: [...waiting, ...withoutEffect(canary, settings), ...analysisNotes(canary, settings)],
  };
}

function readCanary(json: Json): Canary | undefined {
  const isWhole = textAt(json, 'spec', 'targetRef', 'name') !== '';
  const analysis = at(json, 'spec', 'analysis');
  if (!isWhole || (analysis !== undefined && (analysis === null || Array.isArray(analysis)))) {
    return undefined;
  }
  const { metadata, spec } = JSON.parse(
    stringifyLosslessJson({
      metadata: at(json, 'metadata') ?? {},
      spec: at(json, 'spec') ?? {},
    }),
  ) as Canary;
  const { metrics, webhooks, stepWeights, match } = (spec.analysis ?? {}) as Record<
    string,
    unknown
  >;
  const isList = (value: unknown): boolean => value === undefined || Array.isArray(value);
  if (![metrics, webhooks, stepWeights, match].every(isList)) return undefined;
  return { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata, spec };
}

function capabilitiesOf(provider: string): Settings['router'] | string {
  try {
    return routerOf(provider).capabilities;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.message;
    throw error;
  }
}

/** Services need a port, and names that the API server takes. */
function serviceIssues({ spec }: Canary): string[] {
  const { targetRef, service } = spec;
  const apex = service?.name ?? targetRef.name;
  const isLong = `${apex}-primary`.length > MAX_SERVICE_NAME && targetRef.kind !== 'Service';
  return [
    ...(service === undefined && targetRef.kind !== 'Service'
      ? ['spec.service: is needed, with the port of the Services']
      : []),
    ...(isLong
      ? [`spec.service.name: ${apex}-primary is longer than ${MAX_SERVICE_NAME} characters`]
      : []),
  ];
}

/** Fields that say nothing in the company of others. */
function withoutEffect({ spec }: Canary, settings: Settings): string[] {
  const { analysis = {} } = spec;
  const { router, strategy, notices } = settings;
  const unused = (field: keyof CanaryAnalysis, why: string): string[] =>
    analysis[field] === undefined || analysis[field] === false
      ? []
      : [`spec.analysis.${field}: has no effect, ${why}`];
  if (!router.weighted) {
    const why = 'the provider moves no traffic';
    return [
      ...notices.map((notice) => `spec.analysis: ${notice}`),
      ...unused('mirror', why),
      ...unused('sessionAffinity', why),
    ];
  }
  const iterates = strategy !== 'canary';
  return [
    ...(strategy === 'ab-testing'
      ? unused('mirror', 'what matches goes to the canary as a whole')
      : []),
    ...(iterates ? unused('maxWeight', 'the analysis iterates') : []),
    ...(settings.stepWeights.length > 0
      ? unused('maxWeight', 'stepWeights end with their last')
      : []),
  ];
}

function analysisNotes({ spec }: Canary, settings: Settings): string[] {
  const { analysis = {} } = spec;
  const { metrics = [], webhooks = [], alerts = [] } = analysis;
  return [
    ...intervalNotes(analysis),
    ...(settings.stepWeight > settings.maxWeight && settings.strategy === 'canary'
      ? ['spec.analysis.stepWeight: the first step goes beyond maxWeight']
      : []),
    ...metrics.flatMap(metricNotes),
    ...hookNotes(webhooks, settings.intervalMs),
    ...alerts.flatMap(({ severity = '' }, i) =>
      severity === ''
        ? [`spec.analysis.alerts[${i}].severity: is empty and means info; Flagger tells nothing`]
        : [],
    ),
  ];
}

function intervalNotes({ interval = '' }: CanaryAnalysis): string[] {
  const ms = parseDuration(interval);
  return ms !== undefined && ms < MIN_INTERVAL_MS
    ? [`spec.analysis.interval: is raised to ${MIN_INTERVAL_MS / 1000}s`]
    : [];
}

function metricNotes(metric: CanaryMetric, i: number): string[] {
  const field = `spec.analysis.metrics[${i}]`;
  const { name, query = '', templateRef, thresholdRange, threshold, interval = '' } = metric;
  const isDefined = BUILTIN.has(name) || query !== '' || templateRef !== undefined;
  return [
    ...(isDefined
      ? []
      : [`${field}: ${name} is not builtin and has neither query nor templateRef`]),
    ...(thresholdRange === undefined && threshold === undefined
      ? [`${field}: has no thresholdRange, so its threshold is 0`]
      : []),
    ...(templateRef !== undefined && interval === ''
      ? [`${field}.interval: is empty, and so is {{ interval }} in its template`]
      : []),
  ];
}

/** Hooks are asked one after the other, once a round. */
function hookNotes(hooks: readonly CanaryHook[], intervalMs: number): string[] {
  const rollout = hooks.filter(({ type = '' }) => type === '' || type === 'rollout');
  const longest = rollout.reduce((sum, { timeout = '', retries = 0 }) => {
    const attempts = 1 + Math.max(0, retries);
    return sum + attempts * (parseDuration(timeout) ?? DEFAULT_TIMEOUT_MS);
  }, 0);
  const addresses = hooks.flatMap(({ url }, i) =>
    URL.canParse(url) ? [] : [`spec.analysis.webhooks[${i}].url: is no address`],
  );
  return longest > intervalMs
    ? [
        ...addresses,
        'spec.analysis.webhooks: rollout hooks may take longer than the interval, which delays the rounds',
      ]
    : addresses;
}
