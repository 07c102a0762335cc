import { ClusterError } from '../domain/errors.ts';

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
  switch (error.reason) {
    case 'Conflict':
    case 'AlreadyExists':
      return undefined;
    case 'NotFound':
      return {
        reason: 'ResourceMissing',
        message: `${what}: the API server does not serve this resource; is its CustomResourceDefinition installed?`,
      };
    case 'Forbidden':
    case 'Unauthorized':
      return {
        reason: 'AccessDenied',
        message: `${what}: the API server denied access; the controller's ServiceAccount lacks a permission`,
      };
    case 'Invalid':
    case 'BadRequest':
      return {
        reason: 'Refused',
        message: `${what}: refused by the API server: ${bounded(error.message)}`,
      };
    case 'Gone':
    case 'TooManyRequests':
    case 'ServerError':
    case 'Timeout':
    case 'Unreachable':
      return {
        reason: 'ApiUnavailable',
        message: `${what}: the API server did not answer as expected (${error.reason})`,
      };
  }
}

function bounded(text: string): string {
  return text.length > 512 ? `${text.slice(0, 512)}…` : text;
}
