import { judgeMetric, verdictOf, type Judged } from '../analyse.ts';
import { questionId, type Inquiry, type MetricReply } from '../inquiry.ts';
import { addMeasurements, beginStep, end } from '../run-status.ts';
import type { RolloutRunStatus } from '../../domain/run.ts';
import type { RollingAction, RollingPlan } from './action.ts';
import {
  dueInMs,
  failed,
  NO_WEIGHTS,
  proceed,
  recorded,
  roundKey,
  subjectOf,
  told,
  waitFor,
  type RollingRunContext,
} from './plan-context.ts';

/** How soon pods are looked at again when no event came. */
const POLL_MS = 5000;
const PROVIDER = 'kubernetes';

/** The pods of the new revision come up: watched until all are there and the checks have passed. */
export function planWatch(context: RollingRunContext): RollingPlan {
  return (
    paused(context) ??
    resumed(context) ??
    limits(context) ??
    stuck(context) ??
    measured(context) ??
    ready(context)
  );
}

/** Somebody paused the run: no further pod of it comes up, and nothing is measured. */
function paused({ status, obs }: RollingRunContext): RollingPlan | undefined {
  if (status.paused === undefined) return undefined;
  const holding: RollingAction[] = obs.paused ? [] : [{ type: 'hold' }];
  const untilMs = Date.parse(status.paused.until ?? '');
  return Number.isFinite(untilMs)
    ? waitFor(obs.settings.intervalMs, ...holding)
    : { actions: holding, again: false };
}

/** The gate was passed: a hold that is left, or that a write has set anew, ends. A pause of others stays theirs. */
function resumed({ obs }: RollingRunContext): RollingPlan | undefined {
  if (obs.held !== undefined) return proceed({ type: 'release' });
  return obs.paused ? waitFor(obs.settings.intervalMs) : undefined;
}

function limits(context: RollingRunContext): RollingPlan | undefined {
  const { status, obs } = context;
  const { threshold } = obs.settings;
  if (status.failedChecks >= threshold) {
    const message = `failed checks threshold reached ${status.failedChecks}`;
    return failed(context, { reason: 'FailedChecks', message });
  }
  if (status.unknownChecks >= threshold) {
    const message = `no answer from the checks ${status.unknownChecks} times in a row`;
    return failed(context, { reason: 'NoData', message });
  }
  return undefined;
}

function stuck(context: RollingRunContext): RollingPlan | undefined {
  const { obs, status, now } = context;
  const { readiness, settings } = obs;
  if (readiness.state !== 'stuck') return undefined;
  // A condition that is older than the release says nothing about it: while it was held no pod could come up.
  const startedAt = Date.parse(status.steps.at(-1)?.startedAt ?? '');
  if (now - startedAt < settings.progressDeadlineSeconds * 1000) return undefined;
  const message = `progress deadline exceeded ${readiness.message}`;
  return failed(context, { reason: 'ProgressDeadlineExceeded', message });
}

/** Asks the checks once a round is due; undefined when there are none, or when every one has passed. */
function measured(context: RollingRunContext): RollingPlan | undefined {
  const { obs, status } = context;
  if (obs.settings.metrics.length === 0 || status.wanted?.what === 'Promotion') return undefined;
  const waitMs = dueInMs(context);
  if (waitMs > 0) return waitFor(waitMs);
  const inquiries = inquiriesOf(context);
  const missing = inquiries.filter(({ id }) => !obs.answers.has(id));
  if (missing.length > 0) {
    return waitFor(
      obs.settings.intervalMs,
      ...missing.map((inquiry): RollingAction => ({ type: 'ask', inquiry })),
    );
  }
  const isPending = inquiries.some(({ id }) => obs.answers.get(id) === 'pending');
  return isPending ? waitFor(obs.settings.intervalMs) : judged(context);
}

type MetricInquiry = Extract<Inquiry, { kind: 'metric' }>;

function inquiriesOf({ run, obs }: RollingRunContext): MetricInquiry[] {
  const key = roundKey(run);
  return obs.settings.metrics.map((metric, i) => ({
    kind: 'metric',
    id: questionId(key, `metric/${i}`, metric),
    metric,
  }));
}

function judgedOf(context: RollingRunContext): Judged[] {
  const { obs, now } = context;
  const { name, namespace = 'default' } = obs.deployment.metadata;
  const about = { provider: PROVIDER, canary: name, target: name, namespace, now };
  return inquiriesOf(context).flatMap(({ id, metric }) => {
    const reply = obs.answers.get(id);
    return isMetricReply(reply) ? [judgeMetric(metric, reply, about)] : [];
  });
}

function isMetricReply(reply: unknown): reply is MetricReply {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'metric';
}

/** Counts a failed or unanswered round; undefined when it counts as passed. */
function judged(context: RollingRunContext): RollingPlan | undefined {
  const { obs, status } = context;
  const all = judgedOf(context);
  const verdict = verdictOf(all);
  if (verdict === 'pass') return undefined;
  // While few pods of the new revision are there, a check without an answer says nothing.
  const isCounted = verdict === 'fail' || obs.readiness.state === 'ready';
  const measurements = addMeasurements(
    status,
    all.map(({ measurement }) => measurement),
  );
  const next: RolloutRunStatus =
    verdict === 'fail'
      ? { ...measurements, failedChecks: status.failedChecks + 1, unknownChecks: 0 }
      : { ...measurements, unknownChecks: status.unknownChecks + (isCounted ? 1 : 0) };
  const complaint = all.find(({ measurement }) =>
    verdict === 'fail' ? measurement.verdict === 'fail' : measurement.verdict !== 'pass',
  )?.complaint;
  const events = complaint === undefined ? [] : [told('Warning', complaint)];
  return proceed(recorded(next), ...events);
}

/** The checks of the round have passed, or there are none. */
function ready(context: RollingRunContext): RollingPlan {
  const { obs, status, now } = context;
  const { readiness, settings } = obs;
  const passed = { ...status, unknownChecks: 0 };
  const measurements = judgedOf(context).map(({ measurement }) => measurement);
  const next = addMeasurements(passed, measurements);
  if (readiness.state !== 'ready') {
    const waiting = told(
      'Normal',
      `${subjectOf(context)} not ready: ${readiness.message}`,
      readiness.message,
    );
    const noted = measurements.length === 0 ? [] : [recorded(next)];
    return waitFor(Math.min(settings.intervalMs, POLL_MS), ...noted, waiting);
  }
  const step = status.step + (measurements.length === 0 ? 0 : 1);
  const isDone = step >= settings.iterations || status.wanted?.what === 'Promotion';
  if (isDone) return succeeded(context, { ...next, step });
  const begun = { phase: 'Progressing', step, weights: NO_WEIGHTS, action: 'iterate' } as const;
  return waitFor(
    settings.intervalMs,
    recorded(beginStep(next, begun, now)),
    told('Normal', `Advance ${subjectOf(context)} check ${step}/${settings.iterations}`),
  );
}

function succeeded(context: RollingRunContext, status: RolloutRunStatus): RollingPlan {
  const message = 'every pod runs the new revision and the checks have passed';
  const last = {
    phase: 'Succeeded',
    weights: NO_WEIGHTS,
    reason: 'Promoted',
    message,
    completed: false,
  } as const;
  return proceed(
    recorded(end(status, last, context.now)),
    { type: 'note' },
    told('Normal', `Rollout of ${subjectOf(context)} completed`),
  );
}
