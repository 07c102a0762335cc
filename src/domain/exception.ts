import type { StampedUser } from './approval.ts';
import type { KubeObject } from './object.ts';
import type { Condition, LabelSelector, NamedExpression } from './policy.ts';

export interface PolicyExceptionSpec {
  type: 'Exception' | 'Emergency';
  /** The policies, and of each the validations by name or index; absent: all of the policy. */
  policies: { name: string; validations?: string[] }[];
  /** Which subjects it concerns; absent parts select everything within its namespace's reach. */
  match?: {
    namespaceSelector?: LabelSelector;
    objectSelector?: LabelSelector;
    kinds?: string[];
    names?: string[];
    /** CEL; all must be true. One that errors excepts nothing. */
    conditions?: NamedExpression[];
  };
  reason: string;
  ticket?: string;
  /** RFC 3339. */
  expiresAt: string;
  /** Emergency only: a Go duration after creation within which another person must review it. */
  reviewWithin?: string;
  /** Stamped by admission from the request; never believed as written. */
  requestedBy?: StampedUser;
}

/** Lets a subject pass certain policies until it expires (design §3.2). */
export interface PolicyException extends KubeObject {
  spec: PolicyExceptionSpec;
  status?: { observedGeneration?: number; conditions?: Condition[] };
}

/** What exceptions are matched against. */
export interface ExceptionSubject {
  readonly kind: string;
  readonly name: string;
  /** '' for what belongs to no namespace. */
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, unknown>>;
}
