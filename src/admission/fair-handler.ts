import type { Clock } from '../domain/clock.ts';
import { createTurns } from '../lib/turns.ts';
import { failedReview, type ReviewAnswer } from './review-failure.ts';
import type { ReviewHandler } from './review-handler.ts';

export interface FairHandlerOptions {
  readonly clock: Clock;
  /** Milliseconds after which a review that waits for its turn is answered with an error. */
  readonly maxWaitMs: number;
}

/** How much of a body is looked at for what it is about; the API server writes that first. */
const HEAD = 2048;
const RESOURCE = /"resource":\s*\{[^{}]*\}/;
const NAMESPACE = /"namespace":\s*"([^"]*)"/;

/**
 * A handler whose slow reviews keep neither the process nor other reviews waiting: after one that took long the event
 * loop is left to probes and the Lease, and reviews of the resources and namespaces that have been slow wait for the
 * others.
 */
export function fairHandler(handler: ReviewHandler, options: FairHandlerOptions): ReviewHandler {
  const turns = createTurns(options);
  return (path, body) =>
    turns.run(
      () => kindOf(body),
      () => handler(path, body),
      lateAnswer,
    );
}

/** Resource and namespace, as far as a glance tells: it orders reviews, and decides nothing. */
function kindOf(body: string): string {
  const head = body.slice(0, HEAD);
  return `${RESOURCE.exec(head)?.[0] ?? ''} ${NAMESPACE.exec(head)?.[1] ?? ''}`;
}

function lateAnswer(): ReviewAnswer {
  const message = 'too many slow reviews: this one was not looked at in time';
  return { status: 504, body: failedReview('', 504, 'Timeout', message) };
}
