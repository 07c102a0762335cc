import type { WindowFact } from '../domain/decision.ts';
import { GATES, type Gate } from '../domain/policy.ts';
import type { ChangeWindow, ChangeWindowSpec } from '../domain/window.ts';
import { matchesLabels } from '../lib/label-selector.ts';
import { ScheduleError, instantOf, parseSchedule, type Schedule } from './schedule.ts';

/** What windows are matched against. */
export interface WindowSubject {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

interface Applying {
  readonly window: ChangeWindow;
  /** undefined: the schedule cannot be read. */
  readonly schedule: Schedule | undefined;
}

/** Windows of one origin (Sluice's namespace, or the subject's): each origin can only tighten. */
interface Origin {
  readonly allow: readonly Applying[];
  readonly deny: readonly Applying[];
}

/** Boundaries that the search for the next opening walks over before it gives up. */
const MAX_BOUNDARIES = 2000;

const schedules = new WeakMap<ChangeWindowSpec, Schedule | 'unreadable'>();

/**
 * Evaluates the windows that concern a subject at a gate. A Deny window closes its time and wins; where an Allow window
 * applies, all time outside the Allow windows of its origin is closed. A window whose schedule cannot be read is closed.
 * @param windows all windows; those of `systemNamespace` hold everywhere, others in their own namespace
 * @param now RFC 3339
 * @returns one fact for each window that applies, by namespace and name; `nextOpen` is the first instant at which all of
 *   them are open, and absent when none is found
 */
export function evaluateWindows(
  windows: readonly ChangeWindow[],
  subject: WindowSubject,
  at: { readonly gate: Gate; readonly now: string; readonly systemNamespace: string },
): WindowFact[] {
  const applying = windows
    .filter((window) => applies(window, subject, at.gate, at.systemNamespace))
    .map((window) => ({ window, schedule: scheduleOf(window.spec) }))
    .sort((a, b) => order(a.window, b.window));
  if (applying.length === 0) return [];
  const origins = [at.systemNamespace, subject.namespace]
    .filter((name, index, names) => names.indexOf(name) === index)
    .map((name) => originOf(applying, name));
  const instant = instantOf(at.now);
  const closed = new Set(origins.flatMap((origin) => closedAt(origin, instant)));
  const nextOpen = closed.size === 0 ? undefined : firstOpen(origins, instant);
  return applying.map((entry) => ({
    namespace: entry.window.metadata.namespace ?? '',
    name: entry.window.metadata.name,
    open: !closed.has(entry),
    reason: reasonOf(entry),
    ...(closed.has(entry) && nextOpen !== undefined ? { nextOpen } : {}),
  }));
}

/** What is wrong with a window's spec, beyond its schema; empty when it can be evaluated. */
export function windowIssues(spec: ChangeWindowSpec): { field: string; message: string }[] {
  try {
    parseSchedule(spec.schedule);
    return [];
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return [{ field: `spec.schedule.${error.field}`, message: error.message }];
  }
}

function applies(
  { metadata, spec }: ChangeWindow,
  subject: WindowSubject,
  gate: Gate,
  systemNamespace: string,
): boolean {
  const inForce =
    metadata.namespace === systemNamespace || metadata.namespace === subject.namespace;
  if (!inForce || !(spec.gates ?? GATES).includes(gate)) return false;
  if (spec.inFlight === 'Finish' && gate !== 'RolloutStart') return false;
  return (
    matchesLabels(spec.match?.namespaceSelector, subject.namespaceLabels) &&
    matchesLabels(spec.match?.objectSelector, subject.labels)
  );
}

function scheduleOf(spec: ChangeWindowSpec): Schedule | undefined {
  let schedule = schedules.get(spec);
  if (schedule === undefined) {
    schedule = windowIssues(spec).length === 0 ? parseSchedule(spec.schedule) : 'unreadable';
    schedules.set(spec, schedule);
  }
  return schedule === 'unreadable' ? undefined : schedule;
}

function originOf(applying: readonly Applying[], namespace: string): Origin {
  const own = applying.filter(({ window }) => window.metadata.namespace === namespace);
  return {
    allow: own.filter(({ window }) => window.spec.type === 'Allow'),
    deny: own.filter(({ window }) => window.spec.type === 'Deny'),
  };
}

function closedAt({ allow, deny }: Origin, instant: bigint): Applying[] {
  const inside = ({ schedule }: Applying): boolean => (schedule?.at(instant).length ?? 0) > 0;
  const denying = deny.filter((entry) => entry.schedule === undefined || inside(entry));
  return allow.some(inside) ? denying : [...denying, ...allow];
}

/** First instant from `instant` on at which every origin is open, RFC 3339. */
function firstOpen(origins: readonly Origin[], instant: bigint): string | undefined {
  let candidate = instant;
  for (let boundary = 0; boundary < MAX_BOUNDARIES; boundary++) {
    const waits = origins.map((origin) => openFrom(origin, candidate));
    if (waits.includes(undefined)) return undefined;
    const next = waits.reduce<bigint>(
      (late, t) => (t !== undefined && t > late ? t : late),
      candidate,
    );
    if (next === candidate) return new Temporal.Instant(candidate).toString();
    candidate = next;
  }
  return undefined;
}

/**
 * The instant itself when the origin is open then, else a later one before which it is certainly closed; undefined when
 * it never opens.
 */
function openFrom({ allow, deny }: Origin, instant: bigint): bigint | undefined {
  if (deny.some(({ schedule }) => schedule === undefined)) return undefined;
  const ends = deny.flatMap(({ schedule }) => schedule?.at(instant).map(({ to }) => to) ?? []);
  const afterDeny = ends.reduce((late, to) => (to > late ? to : late), instant);
  if (allow.length === 0) return afterDeny;
  const isInside = allow.some(({ schedule }) => (schedule?.at(instant).length ?? 0) > 0);
  if (isInside) return afterDeny;
  const starts = allow
    .map(({ schedule }) => schedule?.nextStart(instant))
    .filter((start) => start !== undefined);
  const first = starts.reduce<bigint | undefined>(
    (early, start) => (early === undefined || start < early ? start : early),
    undefined,
  );
  if (first === undefined) return undefined;
  // The Allow window may be over again when the denial ends: stop at its start and look again.
  return first;
}

function reasonOf({ window, schedule }: Applying): string {
  if (schedule === undefined) return 'the schedule of this window cannot be read';
  if (window.spec.reason !== undefined && window.spec.reason !== '') return window.spec.reason;
  return window.spec.type === 'Deny' ? 'changes are frozen' : 'outside the time for changes';
}

function order(a: ChangeWindow, b: ChangeWindow): number {
  const [left, right] = [a, b].map(
    ({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`,
  );
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
