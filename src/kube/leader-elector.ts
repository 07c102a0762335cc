import { linkAbort, linkDeadline, type LinkedAbort } from '../lib/abort.ts';
import type { ObjectClient } from '../domain/client.ts';
import { sleep, type Clock, type Timer } from '../domain/clock.ts';
import { ClusterError, SluiceError, isClusterError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { apiVersionOf } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { heldBy, holderOf, observeLease, released, takeableAt } from './lease-record.ts';
import type { Lease, ObservedLease } from './lease-record.ts';

export interface LeaderElectorOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Who this process is, different for every process: its pod's name and something random, say. */
  readonly identity: string;
  /** How long others wait after the last change that they saw; whole seconds, 15 s when absent. */
  readonly leaseDurationMs?: number;
  /** How long after its last renewal a leader goes on; 10 s when absent. */
  readonly renewDeadlineMs?: number;
  /** How often the Lease is renewed or looked at; 2 s when absent. */
  readonly retryPeriodMs?: number;
  /** Called with each change of leadership as this process sees it: the holder's identity, undefined for nobody. */
  readonly onLeader?: (holder: string | undefined) => void;
}

/**
 * Makes one of several processes the leader by a Lease, after the rules of client-go. It does not fence: a process that
 * was frozen for longer than the Lease may wake up and finish a request, so writes of a leader carry preconditions.
 */
export interface LeaderElector {
  /** Whether this process leads now; false from the renew deadline on, even when no timer could run. */
  readonly isLeader: boolean;
  /**
   * Stands for election until the signal aborts. Each time this process wins, `lead` is called with a signal that aborts
   * when leadership is lost or the process is to stop; the next election waits for `lead` to end, and so does the
   * release of the Lease, which is renewed until then. Never rejects.
   */
  run(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<void>;
}

// client-go's JitterFactor: what a renew deadline must leave room for.
const JITTER = 1.2;
// Candidates are few; a small difference between them is enough, and a longer wait would only delay a takeover.
const CANDIDATE_JITTER = 0.2;
const RELEASE_TIMEOUT_MS = 3000;

/**
 * @throws SluiceError SLUICE_CONFIG unless leaseDuration > renewDeadline > retryPeriod × 1.2, all positive: a leader
 *   must give up before others may take over, and must have had the time to renew
 */
export function createLeaderElector(options: LeaderElectorOptions): LeaderElector {
  const times = {
    leaseDurationMs: options.leaseDurationMs ?? 15_000,
    renewDeadlineMs: options.renewDeadlineMs ?? 10_000,
    retryPeriodMs: options.retryPeriodMs ?? 2000,
  };
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = times;
  const isValid =
    retryPeriodMs > 0 &&
    renewDeadlineMs > retryPeriodMs * JITTER &&
    leaseDurationMs > renewDeadlineMs &&
    leaseDurationMs % 1000 === 0;
  if (!isValid) {
    throw new SluiceError(
      'SLUICE_CONFIG',
      'leader election needs a lease duration of whole seconds > renew deadline > retry period × 1.2 > 0',
    );
  }
  return new LeaseElector(options, times);
}

interface Times {
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

class LeaseElector implements LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #times: Times;
  readonly #logger: Logger;
  #observed: ObservedLease | undefined;
  /** Monotonic time until which this process leads. */
  #leadsUntil = -Infinity;
  #holder: string | undefined;

  constructor(options: LeaderElectorOptions, times: Times) {
    this.#options = options;
    this.#times = times;
    this.#logger = options.logger.child({ lease: options.lease.name, identity: options.identity });
  }

  get isLeader(): boolean {
    return this.#options.clock.monotonic() < this.#leadsUntil;
  }

  async run(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      if (await this.#attempt(signal)) await this.#term(signal, lead);
      await this.#wait(signal, this.#candidateWaitMs());
    }
  }

  /** Until the next look at the Lease: a retry period, or less when the Lease runs out before that. */
  #candidateWaitMs(): number {
    const { clock, identity, random } = this.#options;
    const { leaseDurationMs, retryPeriodMs } = this.#times;
    const period = retryPeriodMs * (1 + CANDIDATE_JITTER * random());
    if (this.#observed === undefined) return period;
    const left = takeableAt(this.#observed, identity, leaseDurationMs) - clock.monotonic();
    return left > 0 ? Math.min(period, left) : period;
  }

  /** One term: from winning to losing or stopping. */
  async #term(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<void> {
    this.#logger.info({}, 'became leader');
    const leading = linkAbort(signal);
    const renewing = linkAbort();
    const renewal = this.#renewUntilLost(leading, renewing.signal);
    try {
      await lead(leading.signal);
    } catch (error) {
      this.#logger.error({ err: messageOf(error) }, 'the work of the leader failed');
    }
    renewing.abort(new SluiceError('SLUICE_DEADLINE', 'the term is over'));
    await renewal;
    leading.release();
    if (this.isLeader) await this.#release();
    this.#leadsUntil = -Infinity;
    this.#logger.info({}, 'is no longer leader');
  }

  /** Renews until `stop` aborts or the deadline passes; on the latter ends the leader's work. */
  async #renewUntilLost(leading: LinkedAbort, stop: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const lost = linkAbort(stop);
    let deadline: Timer | undefined;
    const arm = (): void => {
      deadline?.cancel();
      deadline = clock.setTimer(() => {
        const reason = new ClusterError('Timeout', 'the lease could not be renewed in time');
        leading.abort(reason);
        lost.abort(reason);
      }, this.#leadsUntil - clock.monotonic());
    };
    arm();
    while (await this.#wait(lost.signal, this.#times.retryPeriodMs)) {
      if (await this.#attempt(lost.signal)) arm();
      else if (this.#holder !== this.#options.identity) {
        const reason = new ClusterError('Conflict', 'another process holds the lease');
        this.#leadsUntil = -Infinity;
        leading.abort(reason);
        lost.abort(reason);
      }
    }
    deadline?.cancel();
    lost.release();
  }

  /** Tries to take or renew the Lease once; whether this process holds it now. Never rejects. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const timedOut = (): Error => new ClusterError('Timeout', 'the API server is slow');
    const link = linkDeadline(clock, this.#times.renewDeadlineMs, timedOut, signal);
    try {
      return await this.#takeOrRenew(link.signal);
    } catch (error) {
      // What is known is old, or gone: the next attempt reads first.
      if (isClusterError(error, 'Conflict') || isClusterError(error, 'NotFound')) {
        this.#observed = undefined;
      }
      if (!signal.aborted) this.#logger.info({ err: messageOf(error) }, 'lease not reached');
      return false;
    } finally {
      link.release();
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, clock, identity } = this.#options;
    const { leaseDurationMs, renewDeadlineMs } = this.#times;
    const observed = this.isLeader
      ? (this.#observed ?? (await this.#read(signal)))
      : await this.#read(signal);
    // Counted from before the write: others count from when they see it, which is later.
    const now = clock.monotonic();
    if (observed !== undefined && now < takeableAt(observed, identity, leaseDurationMs)) {
      return false;
    }
    const holder = { identity, durationMs: leaseDurationMs, nowMs: clock.now() };
    const written =
      observed === undefined
        ? await client.create<Lease>(RESOURCES.leases, this.#first(holder), { signal })
        : await client.replace<Lease>(RESOURCES.leases, heldBy(observed.lease, holder), { signal });
    this.#leadsUntil = now + renewDeadlineMs;
    this.#observe(written);
    return true;
  }

  async #read(signal: AbortSignal): Promise<ObservedLease | undefined> {
    const { client, lease } = this.#options;
    const found = await client.get<Lease>(RESOURCES.leases, lease, { signal });
    if (found === undefined) return undefined;
    return this.#observe(found);
  }

  #observe(lease: Lease): ObservedLease {
    const { clock, onLeader } = this.#options;
    this.#observed = observeLease(this.#observed, lease, clock.monotonic());
    const holder = holderOf(lease);
    if (holder !== this.#holder) {
      this.#holder = holder;
      this.#logger.info({ holder }, 'the leader changed');
      onLeader?.(holder);
    }
    return this.#observed;
  }

  #first(holder: { identity: string; durationMs: number; nowMs: number }): Lease {
    const { leases } = RESOURCES;
    const empty: Lease = {
      apiVersion: apiVersionOf(leases),
      kind: leases.kind,
      metadata: { ...this.#options.lease },
    };
    const lease = heldBy(empty, holder);
    return { ...lease, spec: { ...lease.spec, leaseTransitions: 0 } };
  }

  /** Gives the Lease up, so that the next leader need not wait; a failure only costs that wait. */
  async #release(): Promise<void> {
    const { client, clock } = this.#options;
    if (this.#observed === undefined) return;
    const timedOut = (): Error => new ClusterError('Timeout', 'the API server is slow');
    const link = linkDeadline(clock, RELEASE_TIMEOUT_MS, timedOut);
    try {
      const lease = released(this.#observed.lease, clock.now());
      this.#observe(await client.replace<Lease>(RESOURCES.leases, lease, { signal: link.signal }));
    } catch (error) {
      this.#logger.info({ err: messageOf(error) }, 'lease not released');
    } finally {
      link.release();
    }
  }

  /** Waits; false as soon as the signal aborts. */
  async #wait(signal: AbortSignal, delayMs: number): Promise<boolean> {
    try {
      await sleep(this.#options.clock, delayMs, signal);
      return true;
    } catch {
      return false;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'not an Error';
}
