import type { ChangeWindow } from '../../domain/window.ts';
import { GATES } from '../../domain/policy.ts';
import { evaluateWindows, windowIssues } from '../../governance/windows.ts';
import { parseSchedule } from '../../governance/schedule.ts';
import type { LintObject, ObjectFinding } from './finding.ts';

/**
 * What is wrong with a ChangeWindow whose fields are sound.
 * @param now RFC 3339; whether a window still opens depends on it
 */
export function lintWindow(object: LintObject, now: string): readonly ObjectFinding[] {
  const window = object.value as unknown as ChangeWindow;
  const issues = windowIssues(window.spec);
  if (issues.length > 0) {
    return issues.map(({ field, message }) => ({ code: 'SL4001', message, object, field }));
  }
  if (isMixed(window)) {
    const message = 'give either from and to, or rrule, durationMinutes and timeZone';
    return [{ code: 'SL4001', message, object, field: 'spec.schedule', part: 'key' }];
  }
  if (neverOpens(window, now)) {
    const message = 'no change would ever be allowed again under this window';
    return [{ code: 'SL4002', message, object, field: 'spec.schedule', part: 'key' }];
  }
  if (window.spec.type === 'Deny' && isOver(window, now)) {
    const message = 'this window is over and does not come again';
    return [{ code: 'SL4003', message, object, field: 'spec.schedule', part: 'key' }];
  }
  return [];
}

/** The API server refuses a schedule that is both an interval and a recurrence. */
function isMixed({ spec: { schedule } }: ChangeWindow): boolean {
  const isInterval = ['from', 'to'].some((name) => name in schedule);
  return isInterval && ['rrule', 'durationMinutes', 'timeZone'].some((name) => name in schedule);
}

function neverOpens(window: ChangeWindow, now: string): boolean {
  const namespace = window.metadata.namespace ?? 'default';
  // Selectors aside: it is about the subjects that it matches.
  const spec = { ...window.spec };
  delete spec.match;
  const alone: ChangeWindow = { ...window, metadata: { ...window.metadata, namespace }, spec };
  const [gate = GATES[0]] = spec.gates ?? GATES;
  const subject = { namespace, namespaceLabels: {}, labels: {} };
  const facts = evaluateWindows([alone], subject, { gate, now, systemNamespace: namespace });
  return facts.some(({ open, nextOpen }) => !open && nextOpen === undefined);
}

function isOver({ spec }: ChangeWindow, now: string): boolean {
  const schedule = parseSchedule(spec.schedule);
  const instant = Temporal.Instant.from(now).epochNanoseconds;
  return schedule.at(instant).length === 0 && schedule.nextStart(instant) === undefined;
}
