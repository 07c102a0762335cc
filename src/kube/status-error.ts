import { ClusterError, type ClusterErrorReason } from '../domain/errors.ts';

/** metav1.Status: the fields that are read. */
interface StatusBody {
  readonly kind?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown };
}

/** An answer of the API server that is not a success. `operation` is what was asked, like `get canaries`. */
export interface FailedAnswer {
  readonly operation: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const MAX_MESSAGE = 1024;

/** What the API server says for a path that it does not serve, unlike for an absent object. */
const NO_SUCH_RESOURCE = 'the server could not find the requested resource';

/** Translates a failed answer; the API server's own message is kept, cut to 1,024 characters. */
export function errorFromAnswer(answer: FailedAnswer): ClusterError {
  const status = parseStatus(answer.text);
  const retryAfterMs = retryAfter(status, answer.headers);
  const message = typeof status?.message === 'string' ? status.message : `HTTP ${answer.status}`;
  return new ClusterError(reasonOf(answer.status, status), cut(`${answer.operation}: ${message}`), {
    status: answer.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Translates the object of a watch's ERROR event, which is a Status with its own code. */
export function errorFromWatchStatus(operation: string, object: unknown): ClusterError {
  const code = isRecord(object) && typeof object['code'] === 'number' ? object['code'] : 500;
  return errorFromAnswer({ operation, status: code, headers: {}, text: JSON.stringify(object) });
}

/** Whether a 404 is about the object; otherwise the resource itself is not served (a CRD is missing, say). */
export function isAbsentObject(text: string): boolean {
  const status = parseStatus(text);
  return status !== undefined && status.message !== NO_SUCH_RESOURCE;
}

function reasonOf(code: number, status: StatusBody | undefined): ClusterErrorReason {
  if (code === 409) return status?.reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict';
  const reason = REASONS[code];
  if (reason !== undefined) return reason;
  // An answer that is neither an error of ours nor of the server (a redirect of a proxy, say) may pass.
  return code >= 400 && code < 500 ? 'BadRequest' : 'ServerError';
}

const REASONS: Readonly<Record<number, ClusterErrorReason>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Timeout',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  504: 'Timeout',
};

function parseStatus(text: string): StatusBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && value['kind'] === 'Status' ? value : undefined;
  } catch {
    // Proxies and load balancers answer in other forms; the HTTP status is all there is then.
    return undefined;
  }
}

function retryAfter(
  status: StatusBody | undefined,
  headers: Readonly<Record<string, string>>,
): number | undefined {
  const seconds = Number(headers['retry-after'] ?? status?.details?.retryAfterSeconds ?? NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cut(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
