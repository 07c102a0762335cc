import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is there. Polling a real cluster is the only way to see some of its states.
 * @throws Error that says what was waited for, with the last failure
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  limitMs: number,
): Promise<T> {
  const end = performance.now() + limitMs;
  let failure: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) {
      const seconds = Math.round(limitMs / 1000);
      throw new Error(`${what}: not within ${seconds} s`, { cause: failure });
    }
    await delay(100);
  }
}
