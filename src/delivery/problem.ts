import { ClusterError, type ClusterErrorReason } from '../domain/errors.ts';

/** Something outside that keeps a Canary from going on: becomes its condition `Ready=False` and one event. */
export interface Problem {
  /** One CamelCase word. */
  readonly reason: string;
  /** Names what is missing or wrong, never an object's text. */
  readonly message: string;
}

/** An expected obstacle met while working on a Canary; the reconciler reports it and tries again with backoff. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * Says in clear words what an API error means for a Canary.
 * @param what the object or resource that was asked for, such as `HTTPRoute shop/podinfo`
 * @returns undefined for errors that only need another attempt (conflicts)
 */
export function problemOfClusterError(error: ClusterError, what: string): Problem | undefined {
  if (error.reason === 'Forbidden' && error.message.includes(TERMINATING)) {
    return { reason: 'NamespaceTerminating', message: `${what}: the namespace is being deleted` };
  }
  const found = PROBLEMS[error.reason];
  if (found === undefined) return undefined;
  const detail = found.reason === 'Refused' ? `: ${bounded(error.message)}` : '';
  return { reason: found.reason, message: `${what}: ${found.text}${detail}` };
}

/**
 * The problem that an error of a read is. What may pass by itself is tried again soon and leaves no condition: it is
 * thrown on.
 * @param what as for {@link problemOfClusterError}
 */
export function problemOf(error: unknown, what: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof ClusterError) || error.retryable) throw error;
  const problem = problemOfClusterError(error, what);
  if (problem === undefined) throw error;
  return problem;
}

/** How the API server words that nothing can be created in a namespace any more. */
const TERMINATING = 'because it is being terminated';

const DENIED = {
  reason: 'AccessDenied',
  text: "the API server denied access; the controller's ServiceAccount lacks a permission",
};
const REFUSED = { reason: 'Refused', text: 'refused by the API server' };
const UNAVAILABLE = {
  reason: 'ApiUnavailable',
  text: 'the API server did not answer as expected',
};

const PROBLEMS: Readonly<
  Record<ClusterErrorReason, { readonly reason: string; readonly text: string } | undefined>
> = {
  Conflict: undefined,
  AlreadyExists: undefined,
  NotFound: {
    reason: 'ResourceMissing',
    text: 'the API server does not serve this resource; is its CustomResourceDefinition installed?',
  },
  Forbidden: DENIED,
  Unauthorized: DENIED,
  Invalid: REFUSED,
  BadRequest: REFUSED,
  Gone: UNAVAILABLE,
  TooManyRequests: UNAVAILABLE,
  ServerError: UNAVAILABLE,
  Timeout: UNAVAILABLE,
  Unreachable: UNAVAILABLE,
};

function bounded(text: string): string {
  return text.length > 512 ? `${text.slice(0, 512)}…` : text;
}
