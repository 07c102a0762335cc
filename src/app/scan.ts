import type { ObjectClient } from '../domain/client.ts';
import type { Timer } from '../domain/clock.ts';
import { keyOf, keyText, type KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { LatencySamples } from '../policy/scan-latency.ts';
import { ScanTally } from '../policy/scan-tally.ts';
import type { Parts } from './parts.ts';
import { createExaminer, type Examiner } from './scan-examiner.ts';
import { scanInputs, type ScanInputs } from './scan-inputs.ts';
import { createScanLoop, type KeyCollection, type ScanLoop } from './scan-loop.ts';
import { measureScan } from './scan-metrics.ts';
import { createScanReporter, type ScanReporter } from './scan-reporter.ts';
import { scanTargets, type ScanTarget } from './scan-targets.ts';
import type { ScanView } from './scan-view.ts';

/** The background scan of one term of leadership. */
export interface Scan extends ScanView {
  /** Examines everything, then what changes, until the signal aborts. Never rejects. */
  run(leading: AbortSignal): Promise<void>;
}

/** Timers beyond this are set again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * @param client of the leader
 * @throws SluiceError SLUICE_CONFIG for a kind in `--scan-kinds` that cannot be examined
 */
export function createScan(parts: Parts, client: ObjectClient): Scan {
  return new BackgroundScan(parts, client);
}

class BackgroundScan implements Scan {
  readonly tally = new ScanTally();
  readonly latency = new LatencySamples();
  readonly targets: readonly ScanTarget[];
  readonly #parts: Parts;
  readonly #inputs: ScanInputs;
  readonly #loop: ScanLoop;
  readonly #examiner: Examiner;
  readonly #reporter: ScanReporter;
  readonly #listeners = new Set<() => void>();
  readonly #retried = new Set<string>();
  #completedAt: number | undefined;
  /** When the examination of everything that is under way began. */
  #fullSince: number | undefined;
  /** When everything is to be examined again, milliseconds since the Unix epoch. */
  #dueAt = 0;
  #seen = '';
  #hasTold = false;
  #timer: Timer | undefined;

  constructor(parts: Parts, client: ObjectClient) {
    this.#parts = parts;
    this.targets = scanTargets(parts);
    this.#inputs = scanInputs(parts);
    this.#examiner = createExaminer(parts, this.targets, this.latency);
    this.#reporter = createScanReporter({
      parts,
      client,
      examine: (subject) => this.#examiner.examine(subject).found,
      onInstalled: () => {
        this.#everything();
      },
    });
    this.#loop = createScanLoop({
      clock: parts.clock,
      isReady: () => parts.engine.readiness().ready,
      examine: (subject) => {
        this.#examine(subject);
      },
      onDrained: () => {
        this.#drained();
      },
    });
  }

  get isReporting(): boolean {
    return this.#reporter.api !== undefined;
  }

  get completedAt(): number | undefined {
    return this.#completedAt;
  }

  get isSettled(): boolean {
    return this.#loop.pending === 0 && this.#inputs.digest() === this.#seen;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(leading: AbortSignal): Promise<void> {
    const ends = this.#follow();
    const unmeasure = measureScan(this.#parts, this, () => this.#loop.pending);
    this.#seen = this.#inputs.digest();
    this.#everything();
    await Promise.all([this.#loop.run(leading), this.#reporter.run(leading)]);
    for (const end of ends) end();
    this.#timer?.cancel();
    unmeasure();
    this.#listeners.clear();
  }

  #follow(): readonly (() => void)[] {
    const { caches, engine } = this.#parts;
    const namespaces = caches.watch<KubeObject>(RESOURCES.namespaces);
    return [
      ...this.targets.map(({ label, cache }) =>
        cache.subscribe((key) => {
          this.#loop.add(`${label} ${key}`);
        }),
      ),
      namespaces.subscribe((name) => {
        this.#inNamespace(name);
      }),
      engine.subscribe(() => {
        this.#look();
      }),
    ];
  }

  /** Something that decisions depend on may have changed. */
  #look(): void {
    const digest = this.#inputs.digest();
    if (digest !== this.#seen) {
      this.#seen = digest;
      this.#everything();
    } else {
      this.#setTimer();
    }
  }

  /** Until an exception lapses, or until it is time to look at everything again. */
  #setTimer(): void {
    this.#timer?.cancel();
    const { clock } = this.#parts;
    const now = clock.now();
    const delay = Math.min(this.#dueAt, this.#inputs.nextExpiry(now), now + MAX_TIMER_MS) - now;
    const fire = (): void => {
      this.#everything();
    };
    this.#timer = clock.setTimer(fire, Math.max(1, delay));
  }

  #everything(): void {
    const { clock, config } = this.#parts;
    this.#fullSince ??= clock.monotonic();
    this.#dueAt = clock.now() + config.scanInterval;
    this.#loop.all(everyKey(this.targets));
    this.#setTimer();
  }

  #inNamespace(name: string): void {
    for (const { label, cache } of this.targets) {
      for (const object of cache.list()) {
        if (object.metadata.namespace === name) this.#loop.add(subjectOf(label, object));
      }
    }
  }

  #examine(subject: string): void {
    const { found, isLate } = this.#examiner.examine(subject);
    // A machine that is busy for a moment is no property of the policy.
    if (isLate && !this.#retried.has(subject)) {
      this.#retried.add(subject);
      this.#loop.add(subject);
      return;
    }
    this.#retried.delete(subject);
    if (found === undefined) this.tally.remove(subject);
    else this.tally.set(subject, found.results);
    this.#reporter.offer(subject, found);
  }

  #drained(): void {
    const { clock, metrics } = this.#parts;
    if (this.#fullSince !== undefined) {
      const seconds = (clock.monotonic() - this.#fullSince) / 1000;
      metrics.observe('sluice_scan_duration_seconds', {}, seconds);
      this.#fullSince = undefined;
      this.#completedAt = clock.now();
      this.#reporter.sweep();
    }
    this.#tellOfReports();
    for (const listener of this.#listeners) listener();
  }

  #tellOfReports(): void {
    if (this.#hasTold || !this.#reporter.isInVain) return;
    this.#hasTold = true;
    this.#parts.logger.info(
      {},
      'results of the scan are in metrics and statuses only: neither openreports.io nor wgpolicyk8s.io can be used',
    );
  }
}

function subjectOf(label: string, object: KubeObject): string {
  return `${label} ${keyText(keyOf(object))}`;
}

/** What the copies hold now, by index. */
function everyKey(targets: readonly ScanTarget[]): KeyCollection {
  const lists = targets.map(({ label, cache }) => ({ label, objects: cache.list() }));
  return {
    size: lists.reduce((sum, { objects }) => sum + objects.length, 0),
    keyAt: (index) => {
      let rest = index;
      for (const { label, objects } of lists) {
        const object = objects[rest];
        if (object !== undefined) return subjectOf(label, object);
        rest -= objects.length;
      }
      return '';
    },
  };
}
