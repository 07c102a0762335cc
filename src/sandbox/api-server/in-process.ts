import type { UserInfo } from '../../domain/decision.ts';
import type { TransportRequest, TransportResponse } from '../../domain/transport.ts';
import { ApiError, badRequest, internalError } from './api-error.ts';
import type { ApiAnswer } from './api-request.ts';
import { impersonated } from './impersonation.ts';
import { parseRequestPath } from './request-path.ts';
import { route } from './router.ts';
import type { ServerContext } from './server-context.ts';

const encoder = new TextEncoder();

/** Answers a request of a user by a direct call. Rejects only when the request's signal has aborted. */
export async function answerRequest(
  context: ServerContext,
  request: TransportRequest,
  user: UserInfo,
): Promise<TransportResponse> {
  request.signal.throwIfAborted();
  const warnings: string[] = [];
  const answer = await answerOf(context, request, { user, warnings });
  request.signal.throwIfAborted();
  return {
    status: answer.status,
    headers: {
      'content-type': answer.contentType ?? 'application/json',
      'cache-control': 'no-cache, private',
      ...warningHeader(warnings),
    },
    body: bytesOf(answer.body),
  };
}

async function answerOf(
  context: ServerContext,
  request: TransportRequest,
  { user, warnings }: { user: UserInfo; warnings: string[] },
): Promise<ApiAnswer> {
  try {
    return await route(context, {
      ...parsedPath(request.path),
      method: request.method,
      headers: request.headers,
      text: request.body ?? '',
      user: impersonated(user, request.headers),
      signal: request.signal,
      warnings,
    });
  } catch (error) {
    const shown = error instanceof ApiError ? error : unexpected(context, request, error);
    return { status: shown.code, body: shown.toStatus() };
  }
}

function unexpected(context: ServerContext, request: TransportRequest, error: unknown): ApiError {
  const [path] = request.path.split('?');
  context.logger.error({ err: error, method: request.method, path }, 'request failed');
  return internalError('the sandbox API server has a defect; its log says more');
}

function parsedPath(path: string): ReturnType<typeof parseRequestPath> {
  try {
    return parseRequestPath(path);
  } catch {
    throw badRequest('the path holds a malformed escape');
  }
}

function warningHeader(warnings: readonly string[]): { warning?: string } {
  if (warnings.length === 0) return {};
  const quoted = [...new Set(warnings)].map(
    (text) => `299 - "${text.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll(/[\r\n]+/g, ' ')}"`,
  );
  return { warning: quoted.join(', ') };
}

async function* bytesOf(body: ApiAnswer['body']): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof body === 'string') yield encoder.encode(body);
  else if (isStream(body)) for await (const text of body) yield encoder.encode(text);
  else yield encoder.encode(JSON.stringify(body));
}

function isStream(body: Exclude<ApiAnswer['body'], string>): body is AsyncIterable<string> {
  return Symbol.asyncIterator in body;
}
