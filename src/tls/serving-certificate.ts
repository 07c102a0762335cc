import type { ObjectClient } from '../domain/client.ts';
import { sleep, type Clock } from '../domain/clock.ts';
import { SluiceError, isClusterError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { ServingNames } from './authority.ts';
import { joinPem, readCertificate, validityOf } from './ca-bundle.ts';
import { renewed, type Lifetimes } from './carry-out.ts';
import { createClusterTime, type ClusterTime } from './cluster-time.ts';
import { createPublished, type Published } from './published.ts';
import { assertPair } from './pair.ts';
import {
  pairOf,
  planRotation,
  stillServed,
  type HeldMaterial,
  type SecretData,
} from './rotation.ts';
import { createSecretStore, type SecretStore } from './secret-store.ts';

const DAY_MS = 86_400_000;

/** What a server needs to speak TLS, and what its clients need to trust it. PEM. */
interface ServingMaterial {
  readonly key: string;
  readonly cert: string;
  /** Every authority that may have issued a serving certificate in use. */
  readonly caBundle: string;
  /** End of the serving certificate, milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

export interface ServingCertificateOptions extends ServingNames {
  readonly client: ObjectClient;
  readonly clock: Clock;
  /** Uniform in [0, 1); spreads the polls of the replicas. Default: none. */
  readonly random?: () => number;
  readonly namespace: string;
  readonly secretName: string;
  readonly logger: Logger;
  /** Days; default 365. */
  readonly authorityDays?: number;
  /** Days; default 90, and never beyond the authority's end. */
  readonly servingDays?: number;
  /** Milliseconds between two looks at the Secret; default 60,000. */
  readonly pollMs?: number;
  /** Milliseconds before a new authority issues its first certificate; default one hour. */
  readonly settleMs?: number;
}

/** The serving certificate of this process, shared by all replicas through one Secret. */
export interface ServingCertificate {
  /**
   * Resolves as soon as there is a certificate, after which it is renewed until the signal aborts. Rejects when the
   * signal aborts first, or with a `ClusterError` that trying again cannot help (no right to read the Secret).
   */
  start(signal: AbortSignal): Promise<void>;
  /** @throws SluiceError SLUICE_NOT_READY before `start` has resolved */
  current(): ServingMaterial;
  /** Calls the listener after each change; returns the unsubscribe function. */
  subscribe(listener: (material: ServingMaterial) => void): () => void;
  /** Looks at the Secret now. */
  refresh(signal: AbortSignal): Promise<void>;
}

interface Settings extends Lifetimes {
  readonly pollMs: number;
  readonly settleMs: number;
}

/** Attempts at one write that other replicas may win. */
const MAX_RACES = 10;
const RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;

/** Creates, shares, renews and hands out the webhook's certificate (ADR 5). */
export function createServingCertificate(options: ServingCertificateOptions): ServingCertificate {
  return new SharedCertificate(options);
}

class SharedCertificate implements ServingCertificate {
  readonly #options: ServingCertificateOptions;
  readonly #settings: Settings;
  readonly #store: SecretStore;
  readonly #time: ClusterTime;
  readonly #published: Published;
  readonly #listeners = new Set<(material: ServingMaterial) => void>();
  #material: ServingMaterial | undefined;
  /** Milliseconds from the last look at the Secret to the next change. */
  #dueIn = 0;

  constructor(options: ServingCertificateOptions) {
    this.#options = options;
    this.#settings = {
      dnsNames: options.dnsNames,
      ipAddresses: options.ipAddresses,
      authorityMs: (options.authorityDays ?? 365) * DAY_MS,
      servingMs: (options.servingDays ?? 90) * DAY_MS,
      pollMs: options.pollMs ?? 60_000,
      settleMs: options.settleMs ?? 3_600_000,
    };
    this.#store = createSecretStore(options);
    this.#time = createClusterTime({ ...options, ask: (signal) => this.#store.time(signal) });
    this.#published = createPublished(options.clock, this.#settings.settleMs);
  }

  async start(signal: AbortSignal): Promise<void> {
    let delay = RETRY_MS;
    while (this.#material === undefined) {
      try {
        await this.refresh(signal);
      } catch (error) {
        if (signal.aborted || !isRetryable(error)) throw error;
        this.#options.logger.warn({ code: codeOf(error) }, 'no serving certificate yet');
        await sleep(this.#options.clock, delay, signal);
        delay = Math.min(delay * 2, MAX_RETRY_MS);
      }
    }
    void this.#renewUntil(signal);
  }

  current(): ServingMaterial {
    if (this.#material === undefined) {
      throw new SluiceError('SLUICE_NOT_READY', 'there is no serving certificate yet');
    }
    return this.#material;
  }

  subscribe(listener: (material: ServingMaterial) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async refresh(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    for (let race = 0; race < MAX_RACES; race++) {
      const stored = await this.#store.read(signal);
      let now = await this.#time.now(signal);
      let plan = planRotation(stored?.data, now, this.#settings, this.#held(now));
      if (plan.action !== 'keep') {
        // The clock of this machine alone is no reason to change what all replicas share.
        now = await this.#time.exactly(signal);
        plan = planRotation(stored?.data, now, this.#settings, this.#held(now));
      }
      if (plan.action === 'keep' && stored !== undefined) {
        const until = this.#publish(stored.data, now);
        this.#dueIn = Math.min(plan.nextChangeAt, until) - now;
        return;
      }
      const data = await renewed(plan, stored?.data ?? {}, now, this.#settings);
      if (await this.#store.write(data, stored, signal)) {
        logger.info({ action: plan.action }, 'certificates renewed');
      }
    }
    throw new SluiceError('SLUICE_CERTIFICATE', 'the certificate Secret keeps changing', {
      retryable: true,
    });
  }

  #held(now: number): HeldMaterial | undefined {
    if (this.#material === undefined) return undefined;
    return {
      ...this.#material,
      settledAt: (authority) => this.#published.settledAt(authority, now),
    };
  }

  async #renewUntil(signal: AbortSignal): Promise<void> {
    const { clock, random = () => 0.5, logger } = this.#options;
    for (;;) {
      const poll = this.#settings.pollMs * (0.9 + random() * 0.2);
      const due = Math.max(RETRY_MS, this.#dueIn);
      try {
        await sleep(clock, Math.min(poll, due), signal);
        await this.refresh(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ code: codeOf(error) }, 'looking at the certificate Secret failed');
        this.#dueIn = Infinity;
      }
    }
  }

  /**
   * Publishes what the Secret holds, after making sure that a server can use it.
   * @returns when it is to be looked at again, milliseconds since the Unix epoch
   */
  #publish(data: SecretData, now: number): number {
    const old = this.#material;
    const kept = stillServed(data, now, this.#settings, this.#held(now));
    const { key, cert } = kept?.pair ?? pairOf(data);
    const until = kept?.until ?? Infinity;
    const caBundle = joinPem([data['ca.crt'] ?? '']);
    if (old?.key === key && old.cert === cert && old.caBundle === caBundle) return until;
    assertPair({ key, cert });
    this.#published.note(caBundle);
    const x509 = readCertificate(cert);
    const expiresAt = x509 === undefined ? 0 : validityOf(x509).to;
    this.#material = { key, cert, caBundle, expiresAt };
    for (const listener of this.#listeners) listener(this.#material);
    return until;
  }
}

function isRetryable(error: unknown): boolean {
  // A fresh installation may grant the right to the Secret a moment after the pod starts.
  return (
    (error instanceof SluiceError && error.retryable) ||
    isClusterError(error, 'Forbidden') ||
    isClusterError(error, 'NotFound')
  );
}

function codeOf(error: unknown): string {
  return error instanceof SluiceError ? error.code : 'SLUICE_INTERNAL';
}
