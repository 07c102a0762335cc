/** The one method of a clock that a deadline needs; the Clock port has it. */
export interface TimerSource {
  setTimer(callback: () => void, delayMs: number): { cancel(): void };
}

/** A signal that ends with its parents, at a deadline, or by hand. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  /** Aborts; later calls and aborts of the parents change nothing. */
  abort(reason: unknown): void;
  /** Takes the deadline away, if there is one; the parents still count. */
  disarm(): void;
  /** Lets go of the parents and the timer. Call it in a `finally`: a parent may live as long as the process. */
  release(): void;
}

/**
 * A signal that aborts as soon as one of the parents does, with the parent's reason. Unlike `AbortSignal.any` it can be
 * released, so that thousands of requests under one long-lived signal leave nothing behind.
 */
export function linkAbort(...parents: readonly AbortSignal[]): LinkedAbort {
  const controller = new AbortController();
  const links = parents.map((parent) => {
    const onAbort = (): void => {
      controller.abort(parent.reason);
    };
    if (parent.aborted) onAbort();
    else parent.addEventListener('abort', onAbort, { once: true });
    return () => {
      parent.removeEventListener('abort', onAbort);
    };
  });
  return {
    signal: controller.signal,
    abort: (reason) => {
      controller.abort(reason);
    },
    disarm: () => undefined,
    release: () => {
      for (const unlink of links) unlink();
    },
  };
}

/**
 * As {@link linkAbort}, and aborts with `makeReason()` once `delayMs` have passed.
 * @param delayMs milliseconds, at least 0
 */
export function linkDeadline(
  timers: TimerSource,
  delayMs: number,
  makeReason: () => Error,
  ...parents: readonly AbortSignal[]
): LinkedAbort {
  const link = linkAbort(...parents);
  const timer = timers.setTimer(() => {
    link.abort(makeReason());
  }, delayMs);
  return {
    ...link,
    disarm: () => {
      timer.cancel();
    },
    release: () => {
      timer.cancel();
      link.release();
    },
  };
}

/**
 * The promise, given up when the signal aborts.
 * @returns what the promise gives; rejects with `signal.reason` when the signal aborts first. The promise itself runs
 *   on; a later rejection of it is swallowed.
 */
export function untilAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

/** Resolves once the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
