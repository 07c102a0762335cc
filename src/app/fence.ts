import { fenceDigest, PROBE_ANNOTATION, PROBE_ANSWER } from '../admission/fence.ts';
import { withDeadline } from '../delivery/deadline.ts';
import type { Fence } from '../delivery/foreign-executor.ts';
import { sleep } from '../domain/clock.ts';
import { isClusterError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { backoffMs } from '../lib/backoff.ts';
import type { GapReporter } from './coverage-gaps.ts';
import { followFlaggerLease } from './flagger-lease.ts';
import type { Parts } from './parts.ts';

/** How often a fence that answers is asked again. Milliseconds. */
const PROBE_MS = 60_000;
const RETRY = { baseMs: 500, maxMs: 5000 };
/** Time for one question; the API server gives a webhook 3 s. */
const PROBE_LIMIT_MS = 10_000;

/** What the executor knows of the fence. */
export interface ExecutorFence extends Fence {
  /**
   * Carries out the executor's work: with `--fence require` once the fence has answered. Then asks the fence again from
   * time to time; one that does not answer any more is a coverage gap, and the work goes on.
   */
  behind(leading: AbortSignal, work: () => Promise<void>): Promise<void>;
}

/** Makes the executor's side of the fence. */
export function createFence(parts: Parts, report: GapReporter, signal: AbortSignal): ExecutorFence {
  const lease = followFlaggerLease(parts, signal);
  return parts.config.fence === 'require'
    ? new RequiredFence(parts, report, () => lease.sign())
    : openFence(parts, report, () => lease.sign());
}

function openFence(
  { config }: Parts,
  report: GapReporter,
  foreignSign: () => string | undefined,
): ExecutorFence {
  let isTold = false;
  return {
    closed: false,
    foreignSign,
    behind: (_leading, work) => {
      if (!isTold) {
        const message = 'the fence is off, nothing keeps Flagger from what runs here';
        report(systemNamespace(config.sluiceNamespace), 'fence', message);
      }
      isTold = true;
      return work();
    },
  };
}

class RequiredFence implements ExecutorFence {
  readonly #parts: Parts;
  readonly #report: GapReporter;
  readonly foreignSign: () => string | undefined;
  closed = false;
  /** What keeps the executor from starting; for readiness. */
  #problem: string | undefined;

  constructor(parts: Parts, report: GapReporter, foreignSign: () => string | undefined) {
    this.#parts = parts;
    this.#report = report;
    this.foreignSign = foreignSign;
    parts.health.require('fence', () => this.#problem);
  }

  async behind(leading: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (!(await this.#untilClosed(leading))) return;
    this.#parts.logger.info({}, 'the fence answers, the executor starts');
    await Promise.all([work(), this.#watch(leading)]);
  }

  /** @returns whether it answers; false when the term has ended */
  async #untilClosed(leading: AbortSignal): Promise<boolean> {
    const { clock, logger, random } = this.#parts;
    for (let attempt = 0; !isOver(leading); attempt++) {
      const why = await this.#ask(leading);
      this.closed = why === undefined;
      this.#problem = why === undefined ? undefined : `the executor waits for the fence: ${why}`;
      if (this.closed) return true;
      if (isOver(leading)) break;
      if (attempt === 0) logger.warn({ why }, 'the executor waits for the fence');
      await sleep(clock, backoffMs(attempt, RETRY, random), leading).catch(() => undefined);
    }
    this.#problem = undefined;
    return false;
  }

  async #watch(leading: AbortSignal): Promise<void> {
    const { clock, config, random } = this.#parts;
    while (!isOver(leading)) {
      const waitMs = this.closed ? PROBE_MS * (0.9 + 0.2 * random()) : RETRY.maxMs;
      await sleep(clock, waitMs, leading).catch(() => undefined);
      if (isOver(leading)) return;
      const wasClosed = this.closed;
      const why = await this.#ask(leading);
      if (isOver(leading)) return;
      this.closed = why === undefined;
      if (why === undefined || !wasClosed) continue;
      this.#report(systemNamespace(config.sluiceNamespace), 'fence', `the fence is open: ${why}`);
    }
  }

  /** Creates, as a dry run, what the fence always refuses. @returns why it is not closed */
  async #ask(leading: AbortSignal): Promise<string | undefined> {
    const { client, clock, config } = this.#parts;
    const probe = probeOf(config.sluiceNamespace);
    try {
      await withDeadline(clock, PROBE_LIMIT_MS, leading, (signal) =>
        client.create(RESOURCES.canaries, probe, { dryRun: true, signal }),
      );
      return 'the API server asks no webhook of Sluice about Canaries';
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      if (!isClusterError(error, 'Forbidden') || !message.includes(PROBE_ANSWER)) {
        return `it was not asked (${message.slice(0, 200)})`;
      }
      const isSame = message.includes(`${PROBE_ANSWER}${fenceDigest(config)}`);
      return isSame ? undefined : 'the webhook has other --flagger-users or --namespace';
    }
  }
}

function isOver(leading: AbortSignal): boolean {
  return leading.aborted;
}

function probeOf(namespace: string): KubeObject {
  const analysis = { interval: '1m', threshold: 1, stepWeight: 50 };
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'fence-probe' };
  const annotations = { [PROBE_ANNOTATION]: 'true' };
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'sluice-fence-probe', namespace, annotations },
    spec: { targetRef, service: { port: 80 }, analysis },
  } as KubeObject;
}

function systemNamespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
