import type { ChangeWindow } from '../domain/window.ts';
import { conditionsWith } from './conditions.ts';
import { instantIn } from '../domain/expiry.ts';
import { ScheduleError, parseSchedule, type Span } from './schedule.ts';
import type { StatusPlan } from './status-plan.ts';

type Status = NonNullable<ChangeWindow['status']>;

/** The status that a window should have: the occurrence that runs or comes next, and whether it can be read. */
export function windowStatus(window: ChangeWindow, now: string): StatusPlan<Status> {
  const generation = window.metadata.generation ?? 0;
  const read = occurrenceOf(window, instantIn(now) ?? 0n);
  const findings = 'problem' in read ? unreadable(read.problem) : readable(window, read);
  const span = 'problem' in read ? undefined : read.span;
  return {
    status: {
      observedGeneration: generation,
      ...(span === undefined ? {} : { active: [textOf(span.from), textOf(span.to)] }),
      conditions: conditionsWith(window.status?.conditions ?? [], findings, { now, generation }),
    },
    told: [],
    instants: span === undefined ? [] : [span.from, span.to],
  };
}

interface Occurrence {
  readonly span: Span | undefined;
  readonly isActive: boolean;
}

/** The occurrence that holds the instant and ends last, else the next one. */
function occurrenceOf(
  { spec }: ChangeWindow,
  instant: bigint,
): Occurrence | { readonly problem: string } {
  try {
    const schedule = parseSchedule(spec.schedule);
    const last = (spans: readonly Span[]): Span | undefined =>
      spans.reduce<Span | undefined>(
        (best, span) => (best === undefined || span.to > best.to ? span : best),
        undefined,
      );
    const active = last(schedule.at(instant));
    if (active !== undefined) return { span: active, isActive: true };
    const next = schedule.nextStart(instant);
    return { span: next === undefined ? undefined : last(schedule.at(next)), isActive: false };
  } catch (error) {
    if (error instanceof ScheduleError) return { problem: error.message };
    throw error;
  }
}

function readable({ spec }: ChangeWindow, { span, isActive }: Occurrence) {
  const closes = spec.type === 'Deny' ? 'changes are held' : 'changes may go forward';
  const ended = span === undefined;
  return [
    { type: 'Ready', status: 'True', reason: 'Read', message: 'the schedule can be read' },
    {
      type: 'Active',
      status: isActive ? 'True' : 'False',
      reason: isActive ? 'Now' : ended ? 'Over' : 'Later',
      message: isActive
        ? `${closes} until ${textOf(span?.to ?? 0n)}`
        : ended
          ? 'it does not occur any more'
          : `it occurs next at ${textOf(span.from)}`,
    },
  ] as const;
}

function unreadable(problem: string) {
  return [
    { type: 'Ready', status: 'False', reason: 'Unreadable', message: problem },
    {
      type: 'Active',
      status: 'Unknown',
      reason: 'Unreadable',
      message: 'what it concerns is held until the schedule can be read',
    },
  ] as const;
}

function textOf(instant: bigint): string {
  return new Temporal.Instant(instant).toString();
}
