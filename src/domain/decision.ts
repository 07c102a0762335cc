import type { Json } from '../lib/lossless-json.ts';
import type { ApprovalAction } from './approval-action.ts';
import type { CallSite, ControlReference, Gate, Operation, ValidationAction } from './policy.ts';

export interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** `request` as expressions see it: admission.k8s.io/v1 AdmissionRequest without uid, object and oldObject. */
export interface RequestFacts {
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  readonly subResource?: string;
  readonly requestKind?: GroupVersionKind;
  readonly requestResource?: GroupVersionResource;
  readonly requestSubResource?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly operation: Operation;
  readonly userInfo: UserInfo;
  readonly dryRun: boolean;
  readonly options?: Json;
}

/** `rollout` as expressions see it at a gate (design §3.1). Weights are percent; times are RFC 3339. */
export interface RolloutFacts {
  readonly gate: Gate;
  readonly strategy: string;
  readonly provider: string;
  readonly phase: string;
  readonly fromWeight: number;
  readonly toWeight: number;
  readonly maxWeight: number;
  readonly step: number;
  readonly iteration: number;
  readonly failedChecks: number;
  readonly threshold: number;
  readonly startedAt: string;
  readonly stepStartedAt: string;
  readonly revision: string;
  readonly images: readonly {
    readonly container: string;
    readonly image: string;
    readonly digest?: string;
  }[];
  readonly changedBy: UserInfo | null;
  readonly metrics: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly min?: number;
    readonly max?: number;
    readonly verdict: string;
  }[];
  readonly approvals: readonly {
    readonly approver: UserInfo;
    readonly action: string;
    readonly createdAt: string;
    readonly scope?: Json;
    readonly signatureVerified: boolean;
  }[];
  readonly windows: { readonly open: boolean; readonly reason: string; readonly nextOpen?: string };
  readonly budget?: { readonly name: string; readonly limit: number; readonly used: number };
  readonly exceptions: readonly {
    readonly name: string;
    readonly type: string;
    readonly expiresAt: string;
  }[];
}

/** A change window that matches the subject, evaluated for the decision's instant. */
export interface WindowFact {
  readonly namespace: string;
  readonly name: string;
  readonly open: boolean;
  readonly reason: string;
  /** First instant (RFC 3339) at which it is open again; absent when it never is or is open now. */
  readonly nextOpen?: string;
}

/** An approval of the run a gate is about: bound to it by uid, unexpired at the decision's instant. */
export interface ApprovalFact {
  readonly namespace: string;
  readonly name: string;
  readonly approver: UserInfo;
  readonly action: ApprovalAction;
  readonly createdAt: string;
  readonly scope?: { readonly gates?: readonly Gate[]; readonly maxWeight?: number };
  readonly signatureVerified: boolean;
}

/** An exception that selects the subject and has not expired. Its conditions are evaluated by the decision itself. */
export interface ExceptionFact {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'Exception' | 'Emergency';
  readonly policies: readonly { readonly name: string; readonly validations?: readonly string[] }[];
  readonly conditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly expiresAt: string;
  /** Whether it is in force: an Exception with approvals by others, an Emergency at once. */
  readonly inForce: boolean;
  /** An Emergency whose review is overdue: it denies the next forward change, whether or not it has expired. */
  readonly reviewOverdue: boolean;
}

/** A budget that the subject draws on, at a gate. */
export interface BudgetFact {
  readonly namespace: string;
  readonly name: string;
  /** What limits: runs at once, or percent of exposed traffic; a budget with both limits gives two facts. */
  readonly unit: 'runs' | 'percent';
  readonly limit: number;
  /** By the other live runs. */
  readonly used: number;
  /** What this step would need in all. */
  readonly requested: number;
  readonly granted: boolean;
  /** Runs that wait before this one. */
  readonly ahead: number;
  /** Weight of the canary in percent after the step, which a grant reserves. */
  readonly weight: number;
}

/** Whether a watched kind was fresh enough to decide on; `unconfigured`: a kind of parameters that is not watched. */
export type FreshnessFact = 'fresh' | 'unknown' | 'unconfigured';

/**
 * Everything a decision may depend on. Same facts in, same verdict out: nothing else is read. Secret data and literal
 * environment values have been redacted before.
 */
export interface Facts {
  readonly callSite: CallSite;
  /**
   * Set when nothing can change the object any more (a validating webhook): validations see it as it is, whatever a
   * mutation would still make of it. Absent: false.
   */
  readonly isFinal?: boolean;
  readonly request: RequestFacts;
  readonly object: Json;
  readonly oldObject: Json;
  readonly namespaceObject: Json;
  /** Parameter objects by `<binding name>`; a binding without paramRef has none. */
  readonly params: Readonly<Record<string, readonly Json[]>>;
  /** By `<binding name>`: why its paramRef means nothing here. Absent: there is nothing wrong. */
  readonly paramProblems?: Readonly<Record<string, string>>;
  /** Answers to authorization questions, by canonical JSON of the question. */
  readonly authorizer: Readonly<
    Record<
      string,
      {
        readonly decision: 'allow' | 'deny' | 'noOpinion';
        readonly reason?: string;
        readonly error?: string;
      }
    >
  >;
  readonly rollout: RolloutFacts | null;
  /** The run that asks at a gate; absent elsewhere, and where none is recorded. */
  readonly run?: { readonly namespace: string; readonly name: string };
  readonly exceptions: readonly ExceptionFact[];
  readonly approvals: readonly ApprovalFact[];
  readonly windows: readonly WindowFact[];
  /**
   * Pod templates of the subject's running primary and of its revisions that succeeded within the configured number of
   * days: applying one again is toward safety. Absent: not known.
   */
  readonly succeededTemplates?: readonly Json[];
  readonly budgets: readonly BudgetFact[];
  /** By kind name, e.g. `ChangeWindow`. */
  readonly freshness: Readonly<Record<string, FreshnessFact>>;
  /** The decision's one instant, RFC 3339 with up to nanoseconds. */
  readonly now: string;
}

export type Verdict = 'allow' | 'warn' | 'hold' | 'deny' | 'error';

/** One failed validation of one policy under one binding; or a closed window, whose `policy` is `ChangeWindow/<namespace>/<name>`. */
export interface Violation {
  readonly policy: string;
  readonly generation: number;
  /** Digest of the policy's spec. */
  readonly digest: string;
  readonly binding: string;
  /** Name of the validation, or its index as text. */
  readonly validation: string;
  readonly action: ValidationAction;
  readonly message: string;
  /** Metav1 reason of the denial. */
  readonly reason: string;
  /** Set when the violation is an evaluation error rather than a false expression. */
  readonly error?: boolean;
  /** Set when it is about a mutation that could not be made. */
  readonly mutation?: boolean;
  readonly remediation?: string;
  readonly standards?: readonly ControlReference[];
  readonly nextOpen?: string;
  /** `<namespace>/<name>` of the exception that turned it aside. */
  readonly exception?: string;
  /** Set when an approval could change it: the expression reads `rollout.approvals`. */
  readonly approvable?: boolean;
}

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** The outcome of one decision (design §4). */
export interface Decision {
  readonly verdict: Verdict;
  readonly violations: readonly Violation[];
  readonly warnings: readonly string[];
  /** RFC 6902 patch from the facts' object to the mutated one; empty when nothing changes. */
  readonly patch: readonly JsonPatchOperation[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
  /** When time decides: the first instant at which it would be allowed, RFC 3339. */
  readonly nextOpen?: string;
  /**
   * What the step takes of RolloutBudgets: the weight of the canary that it would have, in percent. Absent when none
   * concerns it. Whoever passes the gate records it before the shift.
   */
  readonly reservations?: readonly {
    /** `<namespace>/<name>`. */
    readonly budget: string;
    readonly weight: number;
  }[];
  /** Sum of CEL costs. */
  readonly cost: number;
  readonly snapshotDigest: string;
  readonly factsDigest: string;
}
