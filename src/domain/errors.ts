/**
 * Every code an error of Sluice can carry, with the one-line meaning that docs/reference/errors.md shows.
 * A new code needs a row there; a test compares the two lists.
 */
export const ERROR_CODES = {
  SLUICE_CONFIG: 'A flag, environment variable or configuration file is not valid.',
  SLUICE_INPUT: 'A file or an input line is not valid.',
  SLUICE_UNKNOWN_NAME:
    'A provider, gate, role or function name is not known; the message lists the known ones.',
  SLUICE_POLICY_COMPILE: 'A policy does not compile.',
  SLUICE_EVALUATION: 'An expression failed while it was evaluated.',
  SLUICE_BUDGET: 'An evaluation went over its cost or time budget.',
  SLUICE_NOT_READY: 'The component has not loaded what it needs to answer.',
  SLUICE_REVIEW: 'An AdmissionReview is malformed.',
  SLUICE_DEADLINE: 'An operation did not finish before its deadline.',
  SLUICE_CLUSTER: 'The Kubernetes API server refused or did not answer.',
  SLUICE_MISSING: 'An object that another one refers to does not exist.',
  SLUICE_UNSUPPORTED: 'The input asks for something that this version does not do.',
  SLUICE_PROVIDER: 'A metric provider, hook or other outside server failed.',
  SLUICE_CERTIFICATE: 'A certificate or key is missing or does not fit.',
  SLUICE_INTERNAL: 'A defect in Sluice itself.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * An error with a stable code. `message` and `details` never hold object text or secrets: names, positions and
 * numbers only. `retryable` says whether trying the same again later can help; a controller requeues such an error
 * with backoff and reports the others as a condition.
 */
export class SluiceError extends Error {
  override readonly name: string = 'SluiceError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      cause?: unknown;
      retryable?: boolean;
      details?: Readonly<Record<string, string | number | boolean>>;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** What the API server said, translated once by the client. */
export type ClusterErrorReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'TooManyRequests'
  | 'ServerError'
  | 'Timeout'
  | 'Unreachable';

/**
 * A failed request to the API server.
 * `status` is the HTTP status, 0 when no answer came. `retryAfterMs` is the server's own wish, when it gave one.
 */
export class ClusterError extends SluiceError {
  override readonly name: string = 'ClusterError';
  readonly reason: ClusterErrorReason;
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: ClusterErrorReason,
    message: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super('SLUICE_CLUSTER', message, {
      cause: options.cause,
      retryable: RETRYABLE.has(reason),
      details: { reason, status: options.status ?? 0 },
    });
    this.reason = reason;
    this.status = options.status ?? 0;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const RETRYABLE: ReadonlySet<ClusterErrorReason> = new Set([
  'Conflict',
  'Gone',
  'TooManyRequests',
  'ServerError',
  'Timeout',
  'Unreachable',
]);

/** Whether the error is a {@link ClusterError} with this reason. */
export function isClusterError(error: unknown, reason: ClusterErrorReason): error is ClusterError {
  return error instanceof ClusterError && error.reason === reason;
}
