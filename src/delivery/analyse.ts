import type { CanaryMetric } from '../domain/canary.ts';
import type { Measurement, MeasurementVerdict } from '../domain/run.ts';
import { formatGoDuration } from './duration.ts';
import type { HookAnswer, MetricReply } from './inquiry.ts';
import { unanswered } from './metric-complaint.ts';
import { instant } from './run-status.ts';

/** One judged check of a round. */
export interface Judged {
  readonly measurement: Measurement;
  /** Text of the event; undefined when it passed. */
  readonly complaint: string | undefined;
}

export interface JudgeContext {
  /** As Flagger names it in texts about builtin metrics. */
  readonly provider: string;
  readonly canary: string;
  readonly target: string;
  readonly namespace: string;
  readonly now: number;
}

interface Bounds {
  min?: number;
  max?: number;
}

/**
 * Judges one metric. Bounds are inclusive; without a range Flagger's `threshold` is a lower bound for the success rate
 * and an upper one for everything else. No value is `noData` or `error`, never `fail`.
 */
export function judgeMetric(
  metric: CanaryMetric,
  reply: MetricReply,
  context: JudgeContext,
): Judged {
  const bounds = boundsOf(metric);
  const { answer } = reply;
  const measured = (verdict: MeasurementVerdict): Measurement => ({
    name: metric.name,
    kind: 'metric',
    at: instant(context.now),
    verdict,
    ...bounds,
  });
  if (answer.kind === 'value') {
    const complaint = complaintOf(metric, answer.value, bounds, context);
    const verdict = complaint === undefined ? 'pass' : 'fail';
    return { measurement: { ...measured(verdict), value: answer.value }, complaint };
  }
  const measurement = { ...measured(answer.kind), message: answer.message.slice(0, 512) };
  return { measurement, complaint: unanswered(metric, reply, context) };
}

function boundsOf(metric: CanaryMetric): Bounds {
  if (metric.thresholdRange !== undefined) {
    const { min, max } = metric.thresholdRange;
    return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  }
  const threshold = metric.threshold ?? 0;
  return metric.name === 'request-success-rate' ? { min: threshold } : { max: threshold };
}

function complaintOf(
  metric: CanaryMetric,
  value: number,
  { min, max }: Bounds,
  context: JudgeContext,
): string | undefined {
  const bound =
    min !== undefined && value < min
      ? { sign: '<', limit: min }
      : max !== undefined && value > max
        ? { sign: '>', limit: max }
        : undefined;
  if (bound === undefined) return undefined;
  const subject = `Halt ${context.canary}.${context.namespace} advancement`;
  const { sign, limit } = bound;
  switch (metric.templateRef === undefined ? metric.name : '') {
    case 'request-success-rate':
      return `${subject} success rate ${value.toFixed(2)}% ${sign} ${limit}%`;
    case 'request-duration':
      return `${subject} request duration ${formatGoDuration(value)} ${sign} ${formatGoDuration(Math.trunc(limit))}`;
    default:
      return `${subject} ${metric.name} ${value.toFixed(2)} ${sign} ${limit}`;
  }
}

/** Judges one hook whose refusal is a failed check. */
export function judgeHook(name: string, answer: HookAnswer, refusal: string, now: number): Judged {
  const verdict: Readonly<Record<HookAnswer['verdict'], MeasurementVerdict>> = {
    passed: 'pass',
    refused: 'fail',
    noAnswer: 'error',
  };
  const measurement: Measurement = {
    name,
    kind: 'hook',
    at: instant(now),
    verdict: verdict[answer.verdict],
    ...(answer.message === '' ? {} : { message: answer.message.slice(0, 512) }),
  };
  return { measurement, complaint: answer.verdict === 'passed' ? undefined : refusal };
}

/** The round's verdict: a failed check outweighs a missing answer, which outweighs what passed. */
export function verdictOf(judged: readonly Judged[]): 'pass' | 'fail' | 'unknown' {
  const verdicts = judged.map(({ measurement }) => measurement.verdict);
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.every((verdict) => verdict === 'pass') ? 'pass' : 'unknown';
}
