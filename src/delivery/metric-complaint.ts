import type { CanaryMetric } from '../domain/canary.ts';
import type { MetricReply } from './inquiry.ts';

interface Subject {
  readonly provider: string;
  readonly target: string;
  readonly namespace: string;
}

const BUILTIN: ReadonlySet<string> = new Set(['request-success-rate', 'request-duration']);

/** What an event says, in Flagger's words, about a metric that has no value; '' never. */
export function unanswered(metric: CanaryMetric, reply: MetricReply, subject: Subject): string {
  const { answer, problem } = reply;
  const message = answer.kind === 'value' ? '' : answer.message;
  if (problem !== undefined) return misconfigured(metric, problem, subject);
  return (answer.kind === 'error' ? failed : empty)(metric, message, subject).slice(0, 1000);
}

function empty(metric: CanaryMetric, message: string, subject: Subject): string {
  const start = 'Halt advancement no values found for';
  if (metric.templateRef !== undefined) return `${start} custom metric: ${metric.name}: ${message}`;
  if (!BUILTIN.has(metric.name)) return `${start} metric: ${metric.name}`;
  const { provider, target, namespace } = subject;
  const text =
    `${start} ${provider} metric ${metric.name} ` +
    `probably ${target}.${namespace} is not receiving traffic`;
  return metric.name === 'request-duration' ? text : `${text}: ${message}`;
}

function failed(metric: CanaryMetric, message: string): string {
  if (metric.templateRef !== undefined) return `Metric query failed for ${metric.name}: ${message}`;
  return BUILTIN.has(metric.name)
    ? `Prometheus query failed: ${message}`
    : `Prometheus query failed for ${metric.name}: ${message}`;
}

function misconfigured(
  { templateRef }: CanaryMetric,
  { reason, message }: NonNullable<MetricReply['problem']>,
  { namespace }: Subject,
): string {
  if (reason === 'MetricUndefined') {
    return 'Metric query failed for no usable metrics template and query were configured';
  }
  if (reason === 'MetricTemplateMissing' && templateRef !== undefined) {
    const { name, namespace: where = namespace } = templateRef;
    return `Metric template ${name}.${where} error: metrictemplate.flagger.app "${name}" not found`;
  }
  return message;
}
