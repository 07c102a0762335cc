import { canonicalJson } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { UserInfo } from './decision.ts';

/**
 * May somebody do `verb` to a resource, or to a URL path? Absent parts are not given: no namespace asks about the
 * cluster, no name about all objects. `path` excludes the parts of a resource.
 */
export interface AccessQuestion {
  /** An RBAC verb: of the API server (`get`, `create`, …) or our own (`approve`, `promote`, …). */
  readonly verb: string;
  readonly path?: string;
  /** API group of the resource; absent or '' is the core group. */
  readonly group?: string;
  /** Plural name, in lower case. */
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** A question and whom it is about. */
export interface AccessRequest {
  readonly user: UserInfo;
  readonly question: AccessQuestion;
}

/**
 * What the authorizers of the cluster said. RBAC says `allow` or `noOpinion`, never `deny`: whoever is not allowed may
 * not. `error` is what kept an authorizer from deciding; it is not a denial.
 */
export interface AccessAnswer {
  readonly decision: 'allow' | 'deny' | 'noOpinion';
  readonly reason?: string;
  readonly error?: string;
}

/**
 * The synchronous side: the answer to a question if it is known at this moment. Undefined: not known; whoever evaluates
 * is called again once it is (see `answering`), and takes it for an error when that does not happen.
 */
export type AccessLookup = (request: AccessRequest) => AccessAnswer | undefined;

/** Asks the authorizers of the cluster. */
export interface AccessReviewer {
  /**
   * An answer that was given lately; undefined when there is none or it had an error.
   * @param maxAgeMs default: a few seconds
   */
  known(request: AccessRequest, maxAgeMs?: number): AccessAnswer | undefined;
  /**
   * Asks, or gives a known answer of the last seconds. The same question asked twice at a time is sent once.
   * @throws ClusterError when no answer came in time; the signal's reason when it aborts first
   */
  review(request: AccessRequest, signal: AbortSignal): Promise<AccessAnswer>;
}

/** Text that is the same for the same question about the same user. */
export function accessKey({ user, question }: AccessRequest): string {
  const { username = '', uid = '', groups = [], extra = {} } = user;
  return canonicalJson([username, uid, groups, extra, question] as unknown as Json);
}

/** A service account as the API server asks about it from expressions: without `system:authenticated`. */
export function serviceAccountUser(namespace: string, name: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}
