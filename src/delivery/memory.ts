import type { Canary } from '../domain/canary.ts';
import type { RolloutRun } from '../domain/run.ts';
import { ForeignExecutor } from './foreign-executor.ts';
import type { IdleMark } from './idle.ts';
import type { MetricSubject } from './metrics.ts';
import { PrimaryKeeper } from './primary-keeper.ts';
import { RepairLimit } from './repair-limit.ts';
import { RouteKeeper } from './route-keeper.ts';
import { ScalerKeeper } from './scaler-keeper.ts';

/** Keys of events that were said and are remembered, per Canary. */
const MAX_TOLD = 500;
const FIRST_RETRY_MS = 15_000;
const MAX_RETRY_MS = 120_000;

/**
 * What the process remembers of one Canary between ticks. Nothing here decides where a rollout stands: losing it costs
 * a few reads and a repeated event.
 */
export class CanaryMemory {
  /** Set while a look at the Canary found nothing to do. */
  idle: IdleMark | undefined;
  /** Under which labels the Canary's figures are reported. */
  subject: MetricSubject | undefined;
  /** What was promoted into the primary. */
  readonly primary = new PrimaryKeeper();
  /** How often its copies of ConfigMaps and Secrets were put right. */
  readonly copies = new RepairLimit();
  /** Which route its data plane served. */
  readonly route = new RouteKeeper();
  /** What its primary's autoscaler was when it was right. */
  readonly scaler = new ScalerKeeper();
  /** Whether another controller is seen at work. */
  readonly foreign = new ForeignExecutor();
  readonly #told = new Set<string>();
  readonly #lastTold = new Map<string, number>();
  #followed: number | undefined;
  #runUid: string | undefined;
  #generation: number | undefined;
  #blocked = 0;

  /** Whether this generation of the spec has not been looked at. */
  firstLook(canary: Canary): boolean {
    return this.#generation !== (canary.metadata.generation ?? 0);
  }

  /** The generated Services were put right for this generation. */
  looked(canary: Canary): void {
    this.#generation = canary.metadata.generation ?? 0;
  }

  /** Have the generated Services looked at again. */
  forgetLook(): void {
    this.#generation = undefined;
    this.idle = undefined;
  }

  /** Whether the spec has changed since the cluster was made to follow it; not right after a start. */
  isNewSpec(canary: Canary): boolean {
    return this.#followed !== undefined && this.#followed !== (canary.metadata.generation ?? 0);
  }

  /** The cluster was made to follow this generation of the spec. */
  followed(canary: Canary): void {
    this.#followed = canary.metadata.generation ?? 0;
  }

  /** Events that are said once are said once for each run. */
  follow(run: RolloutRun | undefined): void {
    if (this.#runUid === run?.metadata.uid) return;
    this.#runUid = run?.metadata.uid;
    this.#told.clear();
  }

  /**
   * @param at milliseconds since the epoch
   * @param afterMs how long it stays unsaid; absent: for ever
   * @returns whether the event of this key is to be said
   */
  mayTell(key: string, at: number, afterMs?: number): boolean {
    if (afterMs === undefined) return this.firstTime(key);
    const last = this.#lastTold.get(key) ?? Number.NEGATIVE_INFINITY;
    // Timers may fire a little early.
    if (at - last < afterMs * 0.9) return false;
    this.#lastTold.clear();
    this.#lastTold.set(key, at);
    return true;
  }

  /** @returns whether the event of this key is still to be said */
  firstTime(key: string): boolean {
    if (this.#told.has(key)) return false;
    const oldest = this.#told.size >= MAX_TOLD ? this.#told.values().next().value : undefined;
    if (oldest !== undefined) this.#told.delete(oldest);
    this.#told.add(key);
    return true;
  }

  /**
   * Milliseconds until a Canary that something outside keeps from going on is looked at again: doubles each time.
   * @param random uniform in [0, 1)
   */
  blocked(random: number): number {
    const delay = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#blocked);
    this.#blocked = Math.min(this.#blocked + 1, 16);
    return Math.round(delay * (1 + random / 10));
  }

  unblocked(): void {
    this.#blocked = 0;
  }
}
