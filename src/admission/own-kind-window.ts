import type { ChangeWindowSpec } from '../domain/window.ts';
import { windowIssues } from '../governance/windows.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';

/** What is wrong with the schedule of a ChangeWindow. */
export function scheduleIssues(spec: Json | undefined): string[] {
  const schedule = isJsonObject(spec) ? spec['schedule'] : undefined;
  if (!isJsonObject(schedule)) return ['spec.schedule: is required'];
  const isRule = 'rrule' in schedule;
  if (isRule === ('from' in schedule || 'to' in schedule)) {
    return ['spec.schedule: needs either rrule, durationMinutes and timeZone, or from and to'];
  }
  const texts = isRule ? ['rrule', 'timeZone'] : ['from', 'to'];
  const missing = texts.filter((name) => typeof schedule[name] !== 'string');
  if (missing.length > 0) return missing.map((name) => `spec.schedule.${name}: is required`);
  return windowIssues(spec as unknown as ChangeWindowSpec).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}
