import { ApiError, internalError } from '../api-error.ts';
import { isFields, textOf, type Fields } from '../json.ts';
import { randomUuid } from '../random-text.ts';
import type { AdmissionAttributes, ServerContext } from '../server-context.ts';
import type { WebhookCaller } from '../webhook-caller.ts';
import { inVersion, type Invocation } from './match-hook.ts';
import { parseReview, requestOf, reviewBody, type HookAnswer } from './review.ts';

export type CallContext = Pick<ServerContext, 'clock' | 'random' | 'logger'> & {
  readonly callWebhook: WebhookCaller;
};

/**
 * Asks one webhook. Its warnings go to the writer.
 * @returns undefined when it did not answer and its failurePolicy is Ignore
 * @throws ApiError with the denial, or 500 when it did not answer and its failurePolicy is Fail
 */
export async function callHook(
  context: CallContext,
  invocation: Invocation,
  attributes: AdmissionAttributes,
): Promise<HookAnswer | undefined> {
  const { hook } = invocation;
  const answer = await answered(context, invocation, attributes);
  if (answer instanceof Error) {
    const text = `failed calling webhook ${JSON.stringify(hook.name)}: ${answer.message}`;
    if (!hook.ignoresFailure) throw internalError(text);
    context.logger.warn({ webhook: hook.name }, 'webhook did not answer, failing open');
    return undefined;
  }
  for (const warning of answer.warnings) attributes.warn(warning);
  if (!answer.allowed) throw denial(hook.name, answer.status);
  return answer;
}

/** The answer, or why there is none. An abort by the client is thrown. */
async function answered(
  context: CallContext,
  { hook, resource }: Invocation,
  attributes: AdmissionAttributes,
): Promise<HookAnswer | Error> {
  const uid = randomUuid(context.random);
  const body = reviewBody(uid, requestOf(attributes, resource), {
    object: inVersion(resource, attributes.object),
    oldObject: inVersion(resource, attributes.oldObject),
  });
  const separator = hook.path.includes('?') ? '&' : '?';
  const query = `${separator}timeout=${hook.timeoutMs / 1000}s`;
  const target = { ...hook.target, path: `${hook.path}${query}` };
  const failed = (why: string): Error =>
    new Error(`failed to call webhook: Post "${hook.shownUrl}${query}": ${why}`);
  try {
    const response = await withDeadline(context, hook.timeoutMs, attributes.signal, (signal) =>
      context.callWebhook(target, body, hook.timeoutMs, signal),
    );
    if (response.status !== 200) return new Error(badStatus(response));
    return parsedOr(response.body, uid);
  } catch (error) {
    attributes.signal.throwIfAborted();
    return failed(error instanceof Error ? error.message : 'unknown error');
  }
}

function parsedOr(body: string, uid: string): HookAnswer | Error {
  try {
    return parseReview(body, uid);
  } catch (error) {
    return error instanceof Error ? error : new Error('unreadable answer');
  }
}

function badStatus({ status, body }: { status: number; body: string }): string {
  const shown = JSON.stringify(body.slice(0, 512).trim());
  if (status === 404)
    return 'failed to call webhook: the server could not find the requested resource';
  return status >= 500
    ? `failed to call webhook: an error on the server (${shown}) has prevented the request from succeeding`
    : `failed to call webhook: the server responded with the status code ${status} (${shown})`;
}

/** Calls with a signal that aborts after the time on the clock, whatever the callee does with it. */
async function withDeadline<T>(
  { clock }: Pick<CallContext, 'clock'>,
  timeoutMs: number,
  outer: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const signal = AbortSignal.any([outer, deadline.signal]);
  const timer = clock.setTimer(() => {
    deadline.abort(new Error('context deadline exceeded'));
  }, timeoutMs);
  try {
    return await new Promise<T>((resolve, reject) => {
      const stop = (): void => {
        reject(signal.reason as Error);
      };
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      call(signal).then(resolve, reject);
    });
  } finally {
    timer.cancel();
  }
}

/** The error of a denied write. Source: ToStatusErr of k8s.io/apiserver. */
function denial(name: string, status: Fields): ApiError {
  const deniedBy = `admission webhook ${JSON.stringify(name)} denied the request`;
  const message = textOf(status['message']);
  const reason = textOf(status['reason']);
  const code = typeof status['code'] === 'number' && status['code'] >= 400 ? status['code'] : 400;
  const text =
    message !== ''
      ? `${deniedBy}: ${message}`
      : reason !== ''
        ? `${deniedBy}: ${reason}`
        : `${deniedBy} without explanation`;
  const details = status['details'];
  return new ApiError(code, reason, text, isFields(details) ? details : undefined);
}
