import type { Canary, CanaryMetric } from '../domain/canary.ts';
import { ClusterError, SluiceError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { DeliveryDeps } from './config.ts';
import type { MetricReply, ProbeReply } from './inquiry.ts';
import { isBuiltin } from './metric-family/types.ts';
import type { MetricContext, MetricProvider, MetricSource } from './metric-provider/types.ts';
import { namesOf } from './names.ts';
import { metricFamilyOf, metricProviderOf } from './plugins.ts';
import { ProblemError, problemOfClusterError, type Problem } from './problem.ts';
import { renderQuery, type QueryVariables } from './query-template.ts';

interface MetricTemplate extends KubeObject {
  spec: {
    provider: {
      type: string;
      address?: string;
      headers?: Record<string, string[]>;
      secretRef?: { name: string };
      insecureSkipVerify?: boolean;
    };
    query: string;
  };
}

interface Measurable {
  readonly provider: MetricProvider;
  readonly source: MetricSource;
  readonly query: string;
  /** Factor from the answer to the unit of the thresholds. */
  readonly scale: number;
}

export interface MeasureContext {
  readonly deps: DeliveryDeps;
  readonly canary: Canary;
  /** Name of the family of builtin queries. */
  readonly family: string;
  /** The Canary's target as it was last seen. */
  readonly target?: KubeObject | undefined;
  readonly signal: AbortSignal;
}

/** Takes one measurement. Never rejects unless the signal aborts: what goes wrong is part of the reply. */
export async function measure(context: MeasureContext, metric: CanaryMetric): Promise<MetricReply> {
  try {
    const measurable = await resolve(context, metric);
    const { provider, source, query, scale } = measurable;
    const answer = await provider.query(source, query, metricContext(context));
    context.signal.throwIfAborted();
    const scaled =
      answer.kind === 'value' ? { ...answer, value: scaleOf(answer.value, scale) } : answer;
    return { kind: 'metric', answer: scaled };
  } catch (error) {
    context.signal.throwIfAborted();
    const problem = problemOf(error, metric);
    return { kind: 'metric', answer: { kind: 'error', message: problem.message }, problem };
  }
}

/** Whether every metric server that the Canary uses answers. */
export async function probeProviders(
  context: MeasureContext,
  metrics: readonly CanaryMetric[],
): Promise<ProbeReply> {
  for (const metric of metrics) {
    try {
      const { provider, source } = await resolve(context, metric);
      const answer = await provider.probe(source, metricContext(context));
      if (answer.kind === 'value') continue;
      const message = `metric server ${hostOf(source.address)} of metric ${metric.name}: ${answer.message}`;
      return { kind: 'probe', problem: { reason: 'MetricServerUnavailable', message } };
    } catch (error) {
      context.signal.throwIfAborted();
      return { kind: 'probe', problem: problemOf(error, metric) };
    }
  }
  return { kind: 'probe' };
}

function metricContext({ deps, signal }: MeasureContext): MetricContext {
  return { outbound: deps.outbound, timeoutMs: deps.config.metricTimeoutMs, signal };
}

/** Whole milliseconds for durations, as Flagger compares them. */
function scaleOf(value: number, scale: number): number {
  return scale === 1 ? value : Math.trunc(value * scale);
}

async function resolve(context: MeasureContext, metric: CanaryMetric): Promise<Measurable> {
  if (metric.templateRef !== undefined) return resolveTemplate(context, metric, metric.templateRef);
  const provider = metricProviderOf('prometheus');
  const address = context.canary.spec.metricsServer ?? context.deps.config.metricsServer;
  const source: MetricSource = { address, headers: {}, secret: {}, insecureSkipVerify: false };
  const values = variablesOf(context, metric, '1m');
  if (isBuiltin(metric.name)) {
    const { query, scale } = metricFamilyOf(context.family).queries[metric.name];
    return { provider, source, query: query(values), scale };
  }
  if (metric.query !== undefined && metric.query !== '') {
    return { provider, source, query: renderQuery(metric.query, values), scale: 1 };
  }
  throw new ProblemError({
    reason: 'MetricUndefined',
    message: `metric ${metric.name} is not builtin (request-success-rate, request-duration) and has neither query nor templateRef`,
  });
}

async function resolveTemplate(
  context: MeasureContext,
  metric: CanaryMetric,
  reference: { name: string; namespace?: string },
): Promise<Measurable> {
  const own = context.canary.metadata.namespace ?? 'default';
  const namespace = reference.namespace ?? own;
  const name = `MetricTemplate ${reference.name}.${namespace}`;
  if (namespace !== own && context.deps.config.noCrossNamespaceRefs) {
    const message = `${name}: references to other namespaces are off`;
    throw new ProblemError({ reason: 'CrossNamespaceReference', message });
  }
  const template = await context.deps.client.get<MetricTemplate>(
    RESOURCES.metricTemplates,
    { namespace, name: reference.name },
    { signal: context.signal },
  );
  if (template === undefined) {
    throw new ProblemError({ reason: 'MetricTemplateMissing', message: `${name} not found` });
  }
  const { provider } = template.spec;
  return {
    provider: metricProviderOf(provider.type),
    source: {
      address: provider.address ?? '',
      headers: joined(provider.headers),
      secret: await secretOf(context, namespace, provider.secretRef?.name),
      insecureSkipVerify: provider.insecureSkipVerify === true,
    },
    query: renderQuery(template.spec.query, variablesOf(context, metric, '')),
    scale: 1,
  };
}

async function secretOf(
  context: MeasureContext,
  namespace: string,
  name: string | undefined,
): Promise<Record<string, string>> {
  if (name === undefined) return {};
  const secret = await context.deps.client.get<KubeObject & { data?: Record<string, string> }>(
    RESOURCES.secrets,
    { namespace, name },
    { signal: context.signal },
  );
  if (secret === undefined) {
    const message = `Secret ${name}.${namespace} of a MetricTemplate not found`;
    throw new ProblemError({ reason: 'SecretMissing', message });
  }
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8').trim()]),
  );
}

function joined(headers: Record<string, string[]> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, values]) => [name.toLowerCase(), values.join(', ')]),
  );
}

function variablesOf(
  { canary, family, target }: MeasureContext,
  metric: CanaryMetric,
  interval: string,
): QueryVariables {
  const names = namesOf(canary);
  const { ingressRef, routeRef } = canary.spec;
  const newest = target && metricFamilyOf(family).route?.(target);
  return {
    name: names.canary,
    namespace: names.namespace,
    target: names.target,
    service: names.apex,
    ingress: ingressRef?.name ?? names.target,
    route: newest ?? routeRef?.name ?? names.target,
    interval: metric.interval ?? interval,
    variables: metric.templateVariables ?? {},
  };
}

function problemOf(error: unknown, metric: CanaryMetric): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof ClusterError) {
    const what = `metric ${metric.name}`;
    return problemOfClusterError(error, what) ?? { reason: 'ApiUnavailable', message: what };
  }
  if (error instanceof SluiceError) {
    return { reason: 'MetricTemplateInvalid', message: `metric ${metric.name}: ${error.message}` };
  }
  throw error;
}

function hostOf(address: string): string {
  return URL.parse(address)?.host ?? 'without a valid address';
}
