import type { CallSite, Severity, ValidationAction } from '../../domain/policy.ts';
import type { Catalogue } from './catalogue.ts';

/** What a report about controls is made from: all of it was found before, so that the report is a pure function of it. */
export interface ControlsInput {
  readonly framework: Catalogue;
  /** RFC 3339. */
  readonly now: string;
  /** In words: the cluster, or the files. */
  readonly source: string;
  readonly scope: {
    /** Sorted. */
    readonly namespaces: readonly string[];
    /** Whether somebody chose them; otherwise they are all that are known. */
    readonly isChosen: boolean;
  };
  /** Whether Sluice's webhook is registered; undefined: not known. */
  readonly isAdmissionRegistered?: boolean;
  /** In the order of their names; those that name no control of the framework, too. */
  readonly policies: readonly PolicyInput[];
  readonly exceptions: readonly ExceptionInput[];
  /** What could not be looked at, a sentence each. */
  readonly unseen: readonly string[];
}

/** A policy, and all that decides whether it is enforced. */
export interface PolicyInput {
  readonly name: string;
  readonly title: string;
  readonly severity?: Severity;
  readonly remediation?: string;
  /** Of the framework, as the policy names them. */
  readonly controls: readonly string[];
  /** Why it does not compile; empty when it does. */
  readonly problems: readonly string[];
  /** failurePolicy Ignore. */
  readonly isIgnoring: boolean;
  /** Ways in which a subject may escape it that are not about namespaces, in words. */
  readonly loopholes: readonly string[];
  readonly bindings: readonly BindingInput[];
  /** Existing objects, as the scan sees them; undefined when nothing was examined. */
  readonly found?: FoundInput;
}

/** A binding, and where it reaches. */
export interface BindingInput {
  readonly name: string;
  readonly action: ValidationAction;
  /** Moments at which the policy is evaluated under it. */
  readonly callSites: readonly CallSite[];
  /** Namespaces of the scope in which something of what the policy is about is asked about. */
  readonly namespaces: readonly string[];
  /** Those in which it is not, or not everything. */
  readonly leftOut: readonly { readonly namespace: string; readonly why: string }[];
  readonly loopholes: readonly string[];
}

/** Objects by what the policy does to them. */
export interface FoundInput {
  readonly denied: number;
  readonly held: number;
  readonly warned: number;
  readonly audited: number;
  readonly errors: number;
  readonly excepted: number;
  readonly passed: number;
  /** `Kind namespace/name`. */
  readonly examples: readonly string[];
}

/** An exception, and where it stands. */
export interface ExceptionInput {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'Exception' | 'Emergency';
  readonly policies: readonly { readonly name: string; readonly validations?: readonly string[] }[];
  readonly state: 'in force' | 'awaiting approval' | 'rejected' | 'expired';
  /** RFC 3339. */
  readonly until: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  readonly reason: string;
  readonly ticket?: string;
  readonly isReviewOverdue: boolean;
}
