import { rfc3339 } from '../../domain/clock.ts';
import type { HeldExpectation, RolloutExpectation } from './story.ts';
import { valuesSince, type CanaryTimeline, type Sight } from './timeline.ts';

/** What is known when an expectation is looked at. Times are epoch milliseconds. */
export interface JudgeFacts {
  readonly timeline: CanaryTimeline;
  /** When the track's last patch was sent. */
  readonly changedAt: number;
  readonly now: number;
  readonly intervalMs: number;
  /** `spec.schedule.to` of the expectation's window, for `held`. */
  readonly windowEnd?: number;
}

/** `pending` may still come true. `actual` says what was seen, in a few words. */
export interface Verdict {
  readonly state: 'pending' | 'holds' | 'broken';
  readonly actual: string;
}

/** Intervals after the end of a freeze within which the weight must rise again. */
const RESUME_INTERVALS = 10;

/** Judges an expectation on a rollout, by the rules of manifests/examples/story/README.md. Pure. */
export function judge(
  expectation: RolloutExpectation | HeldExpectation,
  facts: JudgeFacts,
): Verdict {
  switch (expectation.outcome) {
    case 'promoted':
      return judgePromoted(expectation, facts);
    case 'rolledBack':
      return judgeRolledBack(expectation, facts);
    case 'held':
      return judgeHeld(expectation, facts);
  }
}

function judgePromoted(expectation: RolloutExpectation, facts: JudgeFacts): Verdict {
  const seen = look(facts);
  const wanted = [0, ...expectation.weights, 0];
  if (seen.phases.includes('Failed')) return broken(`Failed, ${seen.text}`);
  if (!isPrefix(seen.weights, wanted)) return broken(`weights ${seen.weights.join(' ')}`);
  const isDone =
    seen.hasRun &&
    seen.phases.at(-1) === 'Succeeded' &&
    seen.weights.length === wanted.length &&
    seen.image === expectation.image;
  return { state: isDone ? 'holds' : 'pending', actual: seen.text };
}

function judgeRolledBack(expectation: RolloutExpectation, facts: JudgeFacts): Verdict {
  const seen = look(facts);
  if (seen.phases.includes('Succeeded')) return broken(`Succeeded, ${seen.text}`);
  const images = valuesSince(facts.timeline.primaryImages, facts.changedAt);
  if (images.some((image) => image !== expectation.image)) return broken(`primary ${seen.image}`);
  const isBack = seen.weights.length > 2 && seen.weights.at(-1) === 0;
  const risen = isBack ? seen.weights.slice(0, -1) : seen.weights;
  if (!isPrefix(risen, [0, ...expectation.weights])) {
    return broken(`weights ${seen.weights.join(' ')}`);
  }
  const isDone =
    seen.hasRun &&
    seen.phases.at(-1) === 'Failed' &&
    isBack &&
    facts.timeline.reportedWeights.at(-1)?.value === 0 &&
    seen.image === expectation.image;
  return { state: isDone ? 'holds' : 'pending', actual: seen.text };
}

function judgeHeld(expectation: HeldExpectation, facts: JudgeFacts): Verdict {
  const { timeline, changedAt, now, intervalMs, windowEnd } = facts;
  if (windowEnd === undefined) return broken(`no window ${expectation.window}`);
  const hold = timeline.holds.find(({ at, value }) => at >= changedAt && value !== undefined);
  if (hold?.value === undefined) {
    const missed = now > windowEnd;
    return missed ? broken('never held') : { state: 'pending', actual: 'not yet held' };
  }
  const { nextOpen } = hold.value;
  if (nextOpen === undefined || Date.parse(nextOpen) !== windowEnd) {
    return broken(`nextOpen ${nextOpen ?? 'absent'}, the window ends ${rfc3339(windowEnd)}`);
  }
  if (windowEnd - hold.at < expectation.intervals * intervalMs) {
    return broken(`held for only ${windowEnd - hold.at} ms`);
  }
  return judgeRelease(hold, windowEnd, facts);
}

function judgeRelease(hold: Sight<unknown>, windowEnd: number, facts: JudgeFacts): Verdict {
  const { timeline, now, intervalMs } = facts;
  const before = weightAt(timeline.weights, hold.at);
  const held = `held at ${before}%`;
  const moved = timeline.weights.find(({ at }) => at >= hold.at);
  if (moved === undefined) {
    const isLate = now > windowEnd + RESUME_INTERVALS * intervalMs;
    return isLate ? broken(`${held}, not resumed`) : { state: 'pending', actual: held };
  }
  if (moved.at < windowEnd) return broken(`${held}, but ${moved.value}% before the window's end`);
  if (moved.value <= before) return broken(`${held}, then ${moved.value}%`);
  const isReleased = timeline.holds.at(-1)?.value === undefined;
  return isReleased
    ? { state: 'holds', actual: `${held}, then ${moved.value}%` }
    : { state: 'pending', actual: held };
}

interface Seen {
  readonly weights: readonly number[];
  readonly phases: readonly string[];
  readonly image: string;
  readonly hasRun: boolean;
  readonly text: string;
}

function look({ timeline, changedAt }: JudgeFacts): Seen {
  const weights = valuesSince(timeline.weights, changedAt);
  // The phase before the change is that of the last run, not of this one.
  const phases = timeline.phases.filter(({ at }) => at >= changedAt).map(({ value }) => value);
  const image = timeline.primaryImages.at(-1)?.value ?? 'absent';
  const hasRun = phases.includes('Progressing');
  const phase = phases.at(-1) ?? 'unchanged';
  return { weights, phases, image, hasRun, text: `${phase}, ${weights.join(' ')}, ${image}` };
}

function weightAt(weights: readonly Sight<number>[], time: number): number {
  return weights.findLast(({ at }) => at < time)?.value ?? 0;
}

function isPrefix(seen: readonly number[], wanted: readonly number[]): boolean {
  return seen.length <= wanted.length && seen.every((value, index) => value === wanted[index]);
}

function broken(actual: string): Verdict {
  return { state: 'broken', actual };
}
