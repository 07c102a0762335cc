import type { CanaryHook, CanaryPhase, HookType } from '../domain/canary.ts';
import { sleep, type Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import type { OutboundClient, OutboundResponse } from '../domain/transport.ts';
import { parseDuration } from './duration.ts';
import type { HookAnswer } from './inquiry.ts';

/** The body that Flagger posts to every hook. */
export interface HookPayload {
  readonly name: string;
  readonly namespace: string;
  readonly phase: CanaryPhase;
  readonly checksum: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface HookCall {
  readonly outbound: OutboundClient;
  readonly clock: Clock;
  readonly hook: CanaryHook;
  readonly payload: HookPayload;
  /** Stays the same when the call is repeated after a crash; sent as `Sluice-Hook-Id`. */
  readonly id: string;
  readonly signal: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 300_000;
const MAX_RETRIES = 10;
const MAX_BYTES = 4096;
/** What is told of an error, characters. */
const MAX_ERROR_TEXT = 256;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/** The type of a hook entry; an empty one means `rollout`. */
export function hookTypeOf(hook: CanaryHook): HookType {
  return hook.type === undefined || hook.type === '' ? 'rollout' : hook.type;
}

/**
 * Calls a hook with Flagger's rules: success is a status up to 202; connection errors, 429 and 5xx except 501 are
 * tried again `retries` times (10 at most) with a backoff of 1 s to 30 s.
 * @returns `noAnswer` only when no HTTP answer came at all; never rejects, except when the signal aborts
 */
export async function callHook(call: HookCall): Promise<HookAnswer> {
  const retries = Math.min(MAX_RETRIES, Math.max(0, call.hook.retries ?? 0));
  for (let attempt = 0; ; attempt++) {
    const { answer, retryAfterMs } = await attemptOnce(call);
    if (retryAfterMs === undefined) return answer;
    if (attempt >= retries) return givenUp(call, answer, attempt + 1);
    const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
    await sleep(call.clock, Math.max(backoff, Math.min(retryAfterMs, MAX_BACKOFF_MS)), call.signal);
  }
}

async function attemptOnce(call: HookCall): Promise<{ answer: HookAnswer; retryAfterMs?: number }> {
  try {
    const response = await call.outbound({
      method: 'POST',
      url: call.hook.url,
      headers: { 'content-type': 'application/json', 'sluice-hook-id': call.id },
      body: bodyOf(call.payload),
      timeoutMs: timeoutOf(call.hook),
      maxBytes: MAX_BYTES,
      ...(call.hook.disableTLS === true ? { insecureSkipVerify: true } : {}),
      signal: call.signal,
    });
    return judge(response);
  } catch (error) {
    call.signal.throwIfAborted();
    const known = error instanceof SluiceError ? error : undefined;
    const message = known?.message ?? 'no answer';
    const answer: HookAnswer = { kind: 'hook', verdict: 'noAnswer', message };
    // An address that may not be called is the same the next time.
    return known?.retryable === false ? { answer } : { answer, retryAfterMs: 0 };
  }
}

function judge(response: OutboundResponse): { answer: HookAnswer; retryAfterMs?: number } {
  const { status } = response;
  if (status <= 202) return { answer: { kind: 'hook', verdict: 'passed', message: '' } };
  const text = errorText(response);
  const answer: HookAnswer = {
    kind: 'hook',
    verdict: 'refused',
    message: `HTTP ${status}`,
    ...(text === undefined ? {} : { text }),
  };
  const again = status === 429 || (status >= 500 && status !== 501);
  return again ? { answer, retryAfterMs: retryAfter(response) } : { answer };
}

/**
 * Bodies of hooks are not repeated: whoever may write a Canary could otherwise read any internal address. What an error is
 * for, an object of nothing but a short `error`, is told as Flagger tells it.
 */
function errorText({ body, truncated }: OutboundResponse): string | undefined {
  if (truncated) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    if (value === null || typeof value !== 'object') return undefined;
    const { error, ...others } = value as { error?: unknown };
    const isShort = typeof error === 'string' && error.length <= MAX_ERROR_TEXT;
    return isShort && Object.keys(others).length === 0 ? JSON.stringify({ error }) : undefined;
  } catch {
    return undefined;
  }
}

/** A server that was asked as often as it may be, in Flagger's words; without what an address may keep secret. */
function givenUp({ hook }: HookCall, answer: HookAnswer, attempts: number): HookAnswer {
  if (answer.verdict !== 'refused') return answer;
  const { origin, pathname } = new URL(hook.url);
  const text = `POST ${origin}${pathname} giving up after ${attempts} attempt(s)`;
  return { ...answer, text };
}

function retryAfter(response: OutboundResponse): number {
  const seconds = Number(response.headers['retry-after'] ?? '0');
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

/** How long a hook may take at most with all its attempts, milliseconds. */
export function hookLimitMs(hook: CanaryHook): number {
  const attempts = 1 + Math.min(MAX_RETRIES, Math.max(0, hook.retries ?? 0));
  return attempts * (timeoutOf(hook) + 1000) + (attempts - 1) * MAX_BACKOFF_MS;
}

function timeoutOf(hook: CanaryHook): number {
  const timeout = parseDuration(hook.timeout ?? '') ?? DEFAULT_TIMEOUT_MS;
  return Math.min(MAX_TIMEOUT_MS, Math.max(1, timeout));
}

/** The keys of `metadata` stand in the order in which Flagger writes them. */
function bodyOf({ metadata, ...payload }: HookPayload): string {
  if (metadata === undefined) return JSON.stringify(payload);
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return JSON.stringify({ ...payload, metadata: Object.fromEntries(sorted) });
}
