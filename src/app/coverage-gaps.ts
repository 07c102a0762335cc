import type { EventRecorder } from '../domain/client.ts';
import type { KubeObject } from '../domain/object.ts';
import type { Parts } from './parts.ts';

/** Reason of the Events that tell of a coverage gap. */
const REASON = 'CoverageGap';

/**
 * What took governance away: a changed webhook configuration, policy of the API server, label of a namespace; nobody was
 * there; or nothing keeps another executor out.
 */
export type GapCause = 'webhook' | 'admission-policy' | 'namespace' | 'absence' | 'fence';

/** Records that something was not governed for a while: an Event, a count and a line of the log. */
export type GapReporter = (subject: KubeObject, cause: GapCause, message: string) => void;

/** Makes the reporter of this process. */
export function createGapReporter(
  { metrics, logger }: Pick<Parts, 'metrics' | 'logger'>,
  events: EventRecorder,
): GapReporter {
  return (subject, cause, message) => {
    metrics.increment('sluice_coverage_gaps_total', { cause });
    logger.warn(
      { cause, kind: subject.kind, name: subject.metadata.name, message },
      'coverage gap',
    );
    events.record(subject, 'Warning', REASON, message);
  };
}
