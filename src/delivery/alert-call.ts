import { sleep, type Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import type { OutboundClient, OutboundRequest, OutboundResponse } from '../domain/transport.ts';
import type { AlertChannel } from './alert-config.ts';
import { NOTIFIERS } from './notifier/index.ts';
import type { AlertMessage, Notifier } from './notifier/types.ts';
import { ProblemError } from './problem.ts';

/** One alert on its way to one chat. */
export interface AlertCall {
  readonly outbound: OutboundClient;
  readonly clock: Clock;
  readonly channel: AlertChannel;
  readonly message: AlertMessage;
  readonly signal: AbortSignal;
}

/** For one attempt, as in Flagger. */
const TIMEOUT_MS = 5000;
const MAX_BYTES = 1024;
const MAX_ATTEMPTS = 5;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/** How long one alert may take with all its attempts, milliseconds. */
export const ALERT_LIMIT_MS = MAX_ATTEMPTS * (TIMEOUT_MS + MAX_BACKOFF_MS);

/**
 * The notifier of a type.
 * @throws ProblemError that lists the known types
 */
export function notifierOf(type: string): Notifier {
  const all: readonly Notifier[] = NOTIFIERS;
  const found = all.find((notifier) => notifier.type === type);
  if (found !== undefined) return found;
  const known = all.map((notifier) => notifier.type).join(', ');
  const message = `the type of the notifier is not known; known: ${known}`;
  throw new ProblemError({ reason: 'NotifierUnknown', message });
}

/**
 * Posts an alert. Connection errors, 429 (with `Retry-After`) and 5xx are tried again, 5 attempts in all, after 1 s to
 * 30 s.
 * @throws ProblemError that says what went wrong, without address, token or answer
 */
export async function callAlert(call: AlertCall): Promise<void> {
  const request = requestOf(call);
  for (let attempt = 1; ; attempt++) {
    const failed = await attemptOnce(call, request);
    if (failed === undefined) return;
    if (failed.retryAfterMs === undefined || attempt >= MAX_ATTEMPTS) {
      throw new ProblemError({ reason: 'AlertRefused', message: failed.message });
    }
    const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
    const wait = Math.max(backoff, Math.min(failed.retryAfterMs, MAX_BACKOFF_MS));
    await sleep(call.clock, wait, call.signal);
  }
}

function requestOf({ channel, message, signal }: AlertCall): OutboundRequest {
  const notifier = notifierOf(channel.type);
  const { capabilities } = notifier;
  if (!isHttp(channel.address)) throw invalid('its address is not an http or https URL');
  if (capabilities.channel && channel.channel === '') throw invalid('it needs a channel');
  const token = capabilities.token ? channel.token : '';
  return {
    method: 'POST',
    url: notifier.address(channel.address),
    headers: {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(notifier.payload(message, channel)),
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    ...(channel.proxy === '' ? {} : { proxy: channel.proxy }),
    signal,
  };
}

function isHttp(text: string): boolean {
  const protocol = URL.parse(text)?.protocol;
  return protocol === 'http:' || protocol === 'https:';
}

function invalid(message: string): ProblemError {
  return new ProblemError({ reason: 'AlertProviderInvalid', message });
}

interface Failure {
  readonly message: string;
  /** Undefined when another attempt would end the same. */
  readonly retryAfterMs?: number;
}

async function attemptOnce(
  { outbound, channel, signal }: AlertCall,
  request: OutboundRequest,
): Promise<Failure | undefined> {
  try {
    return judge(await outbound(request), notifierOf(channel.type));
  } catch (error) {
    signal.throwIfAborted();
    // What the client says of a refusal names the host, which may come from a Secret.
    if (error instanceof SluiceError && !error.retryable) {
      return { message: 'its address may not be called' };
    }
    return { message: 'no answer', retryAfterMs: 0 };
  }
}

function judge(
  { status, headers, body }: OutboundResponse,
  notifier: Notifier,
): Failure | undefined {
  if (status >= 200 && status < 300) {
    const refusal = notifier.refusal?.(body);
    return refusal === undefined ? undefined : { message: refusal };
  }
  const message = `HTTP ${status}`;
  if (status !== 429 && status < 500) return { message };
  const seconds = Number(headers['retry-after'] ?? '0');
  return { message, retryAfterMs: Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : 0 };
}
