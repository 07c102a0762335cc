import {
  accessKey,
  type AccessAnswer,
  type AccessRequest,
  type AccessReviewer,
} from '../../../src/domain/access.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { untilAbort } from '../../../src/lib/abort.ts';

/** A reviewer whose answers are given by hand; remembers as the real one does. */
export class HandReviewer implements AccessReviewer {
  readonly asked: AccessRequest[] = [];
  readonly #clock: Clock;
  readonly #known = new Map<string, { answer: AccessAnswer; at: number }>();
  answer: (request: AccessRequest) => Promise<AccessAnswer> = () =>
    Promise.resolve({ decision: 'allow' });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  known(request: AccessRequest, maxAgeMs = 5000): AccessAnswer | undefined {
    const found = this.#known.get(accessKey(request));
    if (found === undefined) return undefined;
    return this.#clock.monotonic() - found.at <= maxAgeMs ? found.answer : undefined;
  }

  async review(request: AccessRequest, signal: AbortSignal): Promise<AccessAnswer> {
    this.asked.push(request);
    const answer = await untilAbort(this.answer(request), signal);
    if (answer.error === undefined) {
      this.#known.set(accessKey(request), { answer, at: this.#clock.monotonic() });
    }
    return answer;
  }
}

/** Never answers. */
export function never(): Promise<AccessAnswer> {
  return Promise.withResolvers<AccessAnswer>().promise;
}
