import type { Canary } from '../domain/canary.ts';
import { SluiceError } from '../domain/errors.ts';
import { keyOf, keyText, type ObjectKey } from '../domain/object.ts';
import type { AlertAction } from './action.ts';
import { ALERT_LIMIT_MS, callAlert, notifierOf } from './alert-call.ts';
import { channelOf, concernedBy, providerName } from './alert-channels.ts';
import type { AlertChannel } from './alert-config.ts';
import { alertFields } from './alert-fields.ts';
import type { DeliveryDeps } from './config.ts';
import { withDeadline } from './deadline.ts';
import { Limiter } from './limiter.ts';
import type { AlertMessage } from './notifier/types.ts';
import { Outbox } from './outbox.ts';
import { ProblemError } from './problem.ts';

/** Reason of the event about an alert that nobody got. */
const FAILED = 'AlertFailed';
const MAX_AT_ONCE = 8;
const MAX_WAITING = 100;
const MAX_TEXT = 1000;

/** One who is to get an alert. */
interface Recipient {
  /** How messages name it. */
  readonly name: string;
  readonly resolve: (signal: AbortSignal) => Promise<AlertChannel>;
}

/** An alert that somebody did not get. */
interface Failure {
  readonly name: string;
  readonly outcome: 'failed' | 'dropped';
  readonly why: string;
  /** Of the notifier, where it is known. */
  readonly type?: string;
}

/**
 * Sends alerts beside the tick, in order for each Canary. An alert is sent at most once: one that was on its way when
 * the process ended is not repeated. What goes wrong is logged and counted, and an event of the Canary says it once
 * until the recipient takes alerts again; the rollout goes on whatever comes of it.
 */
export class AlertDesk {
  readonly #deps: DeliveryDeps;
  readonly #outbox = new Outbox(MAX_WAITING);
  readonly #limiter = new Limiter(MAX_AT_ONCE);
  /** What was told of recipients that cannot be reached, by Canary and recipient. */
  readonly #told = new Map<string, Map<string, string>>();

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** @param canary as last written */
  post(canary: Canary, alert: AlertAction): void {
    const recipients = this.#recipients(canary, alert);
    if (recipients.length === 0) return;
    const message = this.#messageOf(canary, alert);
    this.#outbox.post(keyText(keyOf(canary)), {
      send: async (signal) => {
        await Promise.all(recipients.map((each) => this.#send(canary, each, message, signal)));
      },
      dropped: () => {
        for (const { name } of recipients) {
          this.#failed(canary, { name, outcome: 'dropped', why: TOO_MANY });
        }
      },
    });
  }

  /** Drops what waits for a Canary that is gone. */
  forget(key: ObjectKey): void {
    this.#outbox.forget(keyText(key));
    this.#told.delete(keyText(key));
  }

  /** Gives up what is on its way and waits for it to end. */
  close(): Promise<void> {
    return this.#outbox.close();
  }

  #recipients(canary: Canary, { severity }: AlertAction): Recipient[] {
    const entries = canary.spec.analysis?.alerts ?? [];
    const { global } = this.#deps.config.alerts;
    if (entries.length === 0) {
      if (global === undefined) return [];
      const name = `the notifier ${global.type} of the configuration`;
      return [{ name, resolve: () => Promise.resolve(global) }];
    }
    return concernedBy(canary, severity).map((entry) => ({
      name: providerName(canary, entry),
      resolve: (signal) => channelOf(this.#deps, canary, entry, signal),
    }));
  }

  #messageOf(canary: Canary, { severity, text, fields }: AlertAction): AlertMessage {
    const { name, namespace = 'default' } = canary.metadata;
    const { clusterName } = this.#deps.config.alerts;
    return {
      canary: name,
      namespace,
      severity,
      text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text,
      fields: alertFields(canary, clusterName, fields),
    };
  }

  async #send(
    canary: Canary,
    { name, resolve }: Recipient,
    message: AlertMessage,
    signal: AbortSignal,
  ): Promise<void> {
    const { outbound, clock, metrics } = this.#deps;
    let type = UNKNOWN;
    try {
      await this.#limiter.run(() =>
        withDeadline(clock, ALERT_LIMIT_MS, signal, async (inner) => {
          const channel = await resolve(inner);
          ({ type } = notifierOf(channel.type));
          await callAlert({ outbound, clock, channel, message, signal: inner });
        }),
      );
      metrics?.alerted(type, 'sent');
      this.#told.get(keyText(keyOf(canary)))?.delete(name);
    } catch (error) {
      if (signal.aborted) return;
      this.#failed(canary, { name, outcome: 'failed', why: whyOf(error), type });
    }
  }

  #failed(canary: Canary, { name, outcome, why, type = UNKNOWN }: Failure): void {
    const { logger, metrics, events } = this.#deps;
    const key = keyText(keyOf(canary));
    metrics?.alerted(type, outcome);
    logger.warn({ canary: key, recipient: name, why }, 'an alert was not delivered');
    const told = this.#told.get(key) ?? new Map<string, string>();
    this.#told.set(key, told);
    if (told.get(name) === why) return;
    told.set(name, why);
    const text = why.startsWith(name) ? why : `${name}: ${why}`;
    events.record(canary, 'Warning', FAILED, `An alert was not delivered: ${text}`);
  }
}

const UNKNOWN = 'unknown';
const TOO_MANY = 'too many alerts are waiting';

function whyOf(error: unknown): string {
  if (error instanceof ProblemError) return error.problem.message;
  // Errors of other kinds may repeat an address.
  return error instanceof SluiceError && error.code === 'SLUICE_DEADLINE'
    ? error.message
    : 'it failed';
}
