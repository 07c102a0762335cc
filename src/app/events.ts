import { createEventRecorder, type ClusterEventRecorder } from '../kube/event-recorder.ts';
import type { Parts } from './parts.ts';

/** How long a process that ends waits for its events to be written. Milliseconds. */
const FLUSH_MS = 2000;

/** Makes what writes this process's Kubernetes Events; the rest is written when it ends. */
export function startEvents(parts: Parts): ClusterEventRecorder {
  const events = createEventRecorder({
    ...parts,
    instance: parts.identity,
    onDrop: (cause) => {
      parts.metrics.increment('sluice_events_dropped_total', { cause });
    },
  });
  parts.stops.add('events', async () => {
    const limit = new AbortController();
    const timer = parts.clock.setTimer(() => {
      limit.abort();
    }, FLUSH_MS);
    await events.flush(limit.signal).catch(() => undefined);
    timer.cancel();
    events.close();
  });
  return events;
}
