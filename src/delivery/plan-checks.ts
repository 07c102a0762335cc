import type { Measurement } from '../domain/run.ts';
import { parseApiVersion } from '../domain/object.ts';
import { judgeHook, judgeMetric, verdictOf, type JudgeContext, type Judged } from './analyse.ts';
import { proceed, waitFor, type Action, type Plan } from './action.ts';
import { sameStatus, withProblem } from './canary-status.ts';
import { questionId, type Inquiry, type MetricReply } from './inquiry.ts';
import {
  ask,
  dueInMs,
  event,
  firstNotPassed,
  hooksOf,
  report,
  roundKey,
  standingProblem,
  statusAction,
  subjectOf,
  type RunContext,
} from './plan-context.ts';
import { iterates } from './plan-step.ts';
import type { Problem } from './problem.ts';
import { transition } from './realise.ts';
import { addMeasurements } from './run-status.ts';
import { isShown } from './shares.ts';

/**
 * Whether nothing is shown to the canary: then there is nothing to measure and pre-rollout hooks stand in for the
 * checks. That is so at the start, and after somebody lowered its share to zero.
 */
export function isFirst(context: RunContext): boolean {
  const { status, obs } = context;
  const iterated = iterates(context) && status.step > 0;
  return !isShown(obs.route.weights) && !iterated;
}

/** Asks the checks of the round; undefined once every one has passed. */
export function checks(context: RunContext): Plan | undefined {
  const hooks = checkHooks(context);
  if (hooks !== undefined && 'plan' in hooks) return hooks.plan;
  const metrics = hooks === undefined && !isFirst(context) ? metricChecks(context) : undefined;
  return metrics ?? judgedRound(context);
}

/** One metric after the other: the first that does not pass ends the round. Undefined when there is none left to ask. */
function metricChecks(context: RunContext): Plan | undefined {
  const { answers } = context.obs;
  for (const inquiry of metricInquiries(context)) {
    const reply = answers.get(inquiry.id);
    if (reply === undefined) return ask(context, inquiry);
    if (reply === 'pending') return waitFor(context.spec.intervalMs);
    const failed =
      reply.kind === 'metric' &&
      judgeMetric(inquiry.metric, reply, judgeOf(context)).complaint !== undefined;
    if (failed) return undefined;
  }
  return undefined;
}

function judgeOf({ obs, spec, now }: RunContext): JudgeContext {
  const { apiVersion, kind } = obs.canary.spec.targetRef;
  const isService = kind === 'Service' && parseApiVersion(apiVersion).group === '';
  return { provider: isService ? `${spec.provider}:service` : spec.provider, ...obs.names, now };
}

function checkHooks(context: RunContext): ReturnType<typeof firstNotPassed> {
  return firstNotPassed(context, isFirst(context) ? 'pre-rollout' : 'rollout');
}

type MetricInquiry = Extract<Inquiry, { kind: 'metric' }>;

/** Those with a template come last, as in Flagger. */
function metricInquiries(context: RunContext): MetricInquiry[] {
  const key = roundKey(context);
  const all = context.spec.metrics.map((metric, i): MetricInquiry => ({
    kind: 'metric',
    id: questionId(key, `metric/${i}`, metric),
    metric,
  }));
  const isTemplate = ({ metric }: MetricInquiry): boolean => metric.templateRef !== undefined;
  return [...all.filter((each) => !isTemplate(each)), ...all.filter(isTemplate)];
}

/** What the round has measured so far. */
export function judgedOf(context: RunContext): Judged[] {
  const { now } = context;
  const subject = subjectOf(context);
  const type = isFirst(context) ? 'pre-rollout' : 'rollout';
  const hooks = hooksOf(context, type).flatMap(({ name, kind, answer }) => {
    if (answer === undefined || answer === 'pending') return [];
    const refusal = kind.refused(name, subject, answer.text ?? answer.message).message;
    return [judgeHook(name, answer, refusal, now)];
  });
  if (isFirst(context)) return hooks;
  const judge = judgeOf(context);
  const metrics = metricReplies(context).map(({ metric, reply }) =>
    judgeMetric(metric, reply, judge),
  );
  return [...hooks, ...metrics];
}

function metricReplies(
  context: RunContext,
): { metric: MetricInquiry['metric']; reply: MetricReply }[] {
  return metricInquiries(context).flatMap(({ id, metric }) => {
    const reply = context.obs.answers.get(id);
    return typeof reply === 'object' && reply.kind === 'metric' ? [{ metric, reply }] : [];
  });
}

/** Counts a failed or unanswered round; undefined when every check passed. */
function judgedRound(context: RunContext): Plan | undefined {
  const { status, obs, now, spec } = context;
  const judged = judgedOf(context);
  const verdict = verdictOf(judged);
  if (verdict === 'pass') return undefined;
  const recorded = addMeasurements(
    status,
    judged.map(({ measurement }) => measurement),
  );
  const next =
    verdict === 'fail'
      ? { ...recorded, failedChecks: status.failedChecks + 1, unknownChecks: 0 }
      : { ...recorded, unknownChecks: status.unknownChecks + 1 };
  const problem = problemOf(context);
  const complaint = complaintOf(judged, verdict);
  const told = complaint === undefined ? [] : [event('Warning', complaint, obs.status.phase)];
  const all = withCondition(context, transition(context, next, ...told), problem);
  const reached = Math.max(next.failedChecks, next.unknownChecks) >= spec.threshold;
  return reached
    ? proceed(...all)
    : waitFor(dueInMs({ ...context, run: { ...context.run, status: next }, now }), ...all);
}

/**
 * Every check passed and something outside keeps the run from going on: the weight stays, what was measured is
 * recorded, and the next round measures again, so that a canary that goes bad meanwhile is rolled back.
 */
export function obstructed(
  context: RunContext,
  measurements: readonly Measurement[],
): Plan | undefined {
  const { obs, now, spec, status } = context;
  const problem = standingProblem(context);
  if (problem === undefined) return undefined;
  if (measurements.length === 0) return report(context, problem);
  const recorded = { ...addMeasurements(status, measurements), unknownChecks: 0 };
  const isNew = !sameStatus(withProblem(obs.status, problem, now), obs.status);
  const told = isNew ? [event('Warning', problem.message, obs.status.phase)] : [];
  const actions = withCondition(context, transition(context, recorded, ...told), problem);
  return waitFor(spec.intervalMs, ...actions);
}

/** The text of the first check that decided the round. */
function complaintOf(judged: readonly Judged[], verdict: 'fail' | 'unknown'): string | undefined {
  const deciding = judged.find(({ measurement }) =>
    verdict === 'fail' ? measurement.verdict === 'fail' : measurement.verdict !== 'pass',
  );
  return deciding?.complaint;
}

/** What is wrong with the metric configuration. */
function problemOf(context: RunContext): Problem | undefined {
  return metricReplies(context).find(({ reply }) => reply.problem !== undefined)?.reply.problem;
}

/** The actions with one status write, which also tells of the problem. */
function withCondition(
  context: RunContext,
  actions: readonly Action[],
  problem: Problem | undefined,
): Action[] {
  if (problem === undefined) return [...actions];
  const written = actions.find((action) => action.type === 'writeStatus');
  const status = withProblem(written?.status ?? context.obs.status, problem, context.now);
  const events = actions.filter(({ type }) => type === 'event');
  const others = actions.filter(({ type }) => type !== 'event' && type !== 'writeStatus');
  return [...others, ...statusAction(context, status), ...events];
}
