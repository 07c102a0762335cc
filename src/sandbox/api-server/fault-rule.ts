import type { TransportRequest } from '../../domain/transport.ts';

/**
 * What can go wrong with a request:
 * - `dropWatch`: the stream of a watch breaks off after at most `delayMs` (default 5,000)
 * - `conflict`: 409 to PUT and PATCH, as if somebody else had written first
 * - `tooManyRequests`: 429 with `Retry-After: retryAfterSeconds` (default 1)
 * - `internalError`, `unavailable`: 500, 503; nothing was done
 * - `lostAnswer`: a write is done, and its answer never arrives
 * - `slow`: the request begins at most `delayMs` (default 2,000) later
 * - `stale`: the server's cache is `delayMs` (default 2,000) behind: watches tell everything so much later, and a read
 *   that allows any version (`resourceVersion=0`) shows what it showed before; as in Kubernetes, a read that names no
 *   version is never stale
 */
export type FaultKind =
  | 'dropWatch'
  | 'conflict'
  | 'tooManyRequests'
  | 'internalError'
  | 'unavailable'
  | 'lostAnswer'
  | 'slow'
  | 'stale';

/** One knob: which requests a fault may strike, how likely and how often. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** From 0 to 1, for each request that the fault could strike; 1 when absent. */
  readonly probability?: number;
  /** How many requests it strikes at most; any number when absent. */
  readonly count?: number;
  /** Only these requests; all that fit the kind when absent. */
  readonly when?: (request: TransportRequest) => boolean;
  /** Milliseconds, as the kind says. */
  readonly delayMs?: number;
  /** For `tooManyRequests`; whole seconds. */
  readonly retryAfterSeconds?: number;
}

/** Whether a fault of this kind makes sense for the request. */
export function fits(kind: FaultKind, request: TransportRequest): boolean {
  const { method } = request;
  switch (kind) {
    case 'dropWatch':
      return isWatch(request);
    case 'conflict':
      return method === 'PUT' || method === 'PATCH';
    case 'lostAnswer':
      return method !== 'GET';
    case 'stale':
      return isWatch(request) || isAnyVersion(request);
    case 'tooManyRequests':
    case 'internalError':
    case 'unavailable':
    case 'slow':
      return true;
  }
}

/** Whether the request opens a watch. */
export function isWatch(request: TransportRequest): boolean {
  return request.method === 'GET' && ['true', '1'].includes(queryOf(request).get('watch') ?? '');
}

/** Whether the request is a read that a server may answer from its cache, whatever that holds. */
export function isAnyVersion(request: TransportRequest): boolean {
  const query = queryOf(request);
  return request.method === 'GET' && !isWatch(request) && query.get('resourceVersion') === '0';
}

function queryOf({ path }: TransportRequest): URLSearchParams {
  return new URLSearchParams(path.split('?')[1] ?? '');
}
