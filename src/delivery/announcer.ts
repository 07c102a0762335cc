import type { Canary, CanaryHook } from '../domain/canary.ts';
import { SluiceError } from '../domain/errors.ts';
import { keyOf, keyText, type ObjectKey } from '../domain/object.ts';
import type { AlertAction, EventAction } from './action.ts';
import { AlertDesk } from './alert-desk.ts';
import type { DeliveryDeps } from './config.ts';
import { withDeadline } from './deadline.ts';
import { callHook, hookLimitMs, hookTypeOf } from './hook-client.ts';
import { payloadOf } from './inquirer.ts';
import { Limiter } from './limiter.ts';

/** Flagger gives every event of a Canary this reason. */
const EVENT_REASON = 'Synced';
/** Of events that tell what somebody else changed. */
const DRIFT_REASON = 'DriftRepaired';

const MAX_AT_ONCE = 8;
/** Events of one Canary that wait for its event hooks; the oldest of a longer queue are dropped. */
const MAX_WAITING = 100;
/** How long a hook waits for the events that come before it, milliseconds. */
const MAX_ORDER_MS = 1000;

interface Announcement {
  readonly canary: Canary;
  readonly event: EventAction;
  readonly checksum: string;
  readonly id: string;
  readonly at: number;
}

/**
 * Tells the events of Canaries: as Kubernetes Events, and to event hooks beside the tick, in order for each Canary.
 * Events are the last thing that a tick does and are not repeated after a crash.
 */
export class Announcer {
  readonly #deps: DeliveryDeps;
  readonly #alerts: AlertDesk;
  readonly #limiter = new Limiter(MAX_AT_ONCE);
  readonly #waiting = new Map<string, Announcement[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #draining = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #count = 0;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#alerts = new AlertDesk(deps);
  }

  /**
   * @param canary as last written
   * @param checksum identifies the revision under way in the hooks' payload
   */
  announce(canary: Canary, event: EventAction, checksum: string): void {
    const reason = event.drift === undefined ? EVENT_REASON : DRIFT_REASON;
    this.#deps.events.record(canary, event.level, reason, event.message);
    if (this.#stop.signal.aborted || this.#hooksOf(canary).length === 0) return;
    const at = this.#deps.clock.now();
    this.#count += 1;
    const id = `${canary.metadata.uid ?? ''}/event/${at.toString(36)}/${this.#count}`;
    const key = keyText(keyOf(canary));
    const queue = this.#waiting.get(key);
    const announcement = { canary, event, checksum, id, at };
    if (queue !== undefined) {
      queue.push(announcement);
      if (queue.length > MAX_WAITING) queue.shift();
      return;
    }
    this.#waiting.set(key, [announcement]);
    const running = this.#drain(key).finally(() => {
      this.#running.delete(running);
      if (this.#draining.get(key) === running) this.#draining.delete(key);
    });
    this.#draining.set(key, running);
    this.#running.add(running);
  }

  /**
   * Resolves when the event hooks of the Canary have been told all there is to tell so far, or when they take too long: a
   * receiver that is both hears things in their order, and a slow one delays nothing by more than a moment.
   */
  async told(canary: Canary): Promise<void> {
    const running = this.#draining.get(keyText(keyOf(canary)));
    if (running === undefined) return;
    const { clock } = this.#deps;
    await withDeadline(clock, MAX_ORDER_MS, this.#stop.signal, () => running).catch(
      () => undefined,
    );
  }

  /**
   * Sends an alert beside the tick, to whom the Canary or the configuration names.
   * @param canary as last written
   */
  alert(canary: Canary, alert: AlertAction): void {
    this.#alerts.post(canary, alert);
  }

  /** Drops what waits for a Canary that is gone. */
  forget(key: ObjectKey): void {
    this.#alerts.forget(key);
    const queue = this.#waiting.get(keyText(key));
    queue?.splice(0);
  }

  /** Gives up what is on its way and waits for it to end. */
  async close(): Promise<void> {
    this.#stop.abort(new SluiceError('SLUICE_DEADLINE', 'delivery is stopping'));
    await Promise.allSettled([...this.#running, this.#alerts.close()]);
  }

  async #drain(key: string): Promise<void> {
    for (;;) {
      const next = this.#waiting.get(key)?.shift();
      if (next === undefined || this.#stop.signal.aborted) break;
      for (const hook of this.#hooksOf(next.canary)) await this.#send(next, hook);
    }
    this.#waiting.delete(key);
  }

  #hooksOf(canary: Canary): CanaryHook[] {
    const own = (canary.spec.analysis?.webhooks ?? []).filter(
      (hook) => hookTypeOf(hook) === 'event',
    );
    const { eventWebhook } = this.#deps.config;
    if (own.length > 0 || eventWebhook === '') return own;
    return [{ name: 'event-webhook', url: eventWebhook, type: 'event' }];
  }

  async #send({ canary, event, checksum, id, at }: Announcement, hook: CanaryHook): Promise<void> {
    const base = payloadOf({ canary, phase: event.phase, checksum }, hook);
    const metadata = {
      ...base.metadata,
      eventMessage: event.message,
      eventType: event.level,
      timestamp: String(at),
    };
    const { outbound, clock, logger } = this.#deps;
    const payload = { ...base, metadata };
    try {
      const answer = await this.#limiter.run(() =>
        withDeadline(clock, hookLimitMs(hook), this.#stop.signal, (signal) =>
          callHook({ outbound, clock, hook, payload, id, signal }),
        ),
      );
      if (answer.verdict === 'passed') return;
      const fields = { canary: keyText(keyOf(canary)), hook: hook.name, answer: answer.message };
      logger.warn(fields, 'an event hook did not take an event');
    } catch {
      if (this.#stop.signal.aborted) return;
      logger.warn(
        { canary: keyText(keyOf(canary)), hook: hook.name },
        'an event hook did not answer',
      );
    }
  }
}
