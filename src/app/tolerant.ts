import type { Clock } from '../domain/clock.ts';
import type { HealthCheck } from '../telemetry/health.ts';

/**
 * A check that, once it has been content, only reports a problem that has lasted: what was right a moment ago and
 * cannot be looked at now is no reason to take every replica out of service at the same time.
 * @param boundMs how long a problem may last before it is reported
 */
export function tolerant(check: HealthCheck, clock: Clock, boundMs: number): HealthCheck {
  let contentAt: number | undefined;
  return () => {
    const problem = check();
    const now = clock.monotonic();
    if (problem === undefined) {
      contentAt = now;
      return undefined;
    }
    return contentAt !== undefined && now - contentAt <= boundMs ? undefined : problem;
  };
}
