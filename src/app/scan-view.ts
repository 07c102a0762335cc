import type { LatencySamples } from '../policy/scan-latency.ts';
import type { ScanTally } from '../policy/scan-tally.ts';
import type { ScanTarget } from './scan-targets.ts';

/** What others see of the background scan of one term of leadership. */
export interface ScanView {
  readonly tally: ScanTally;
  readonly latency: LatencySamples;
  readonly targets: readonly ScanTarget[];
  /** Whether results are written as reports. */
  readonly isReporting: boolean;
  /** When every object had last been examined, milliseconds since the Unix epoch; undefined until then. */
  readonly completedAt: number | undefined;
  /** Whether the tally is about what is in force now, and nothing waits to be examined. */
  readonly isSettled: boolean;
  /** Calls `listener` after every object has been examined, and when objects that changed have. */
  subscribe(listener: () => void): () => void;
}
