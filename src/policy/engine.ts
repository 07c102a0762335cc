import type { ExceptionSubject } from '../domain/exception.ts';
import type { AccessReviewer } from '../domain/access.ts';
import type { Clock } from '../domain/clock.ts';
import type { ObjectCache } from '../domain/client.ts';
import type {
  ApprovalFact,
  BudgetFact,
  Decision,
  ExceptionFact,
  Facts,
  RequestFacts,
  WindowFact,
} from '../domain/decision.ts';
import type { GateKeeper, GateQuestion } from '../domain/gates.ts';
import type { SchemaSource } from '../domain/kind-schemas/kind-schemas.ts';
import type { Logger } from '../domain/logger.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import type { Gate, RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import type { ChangeWindow } from '../domain/window.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { PolicyIssue } from './compile.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** What windows are matched against. */
interface WindowSubject {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Evaluates the change windows that concern a subject at a gate; `evaluateWindows` of src/governance. */
type EvaluateWindows = (
  windows: readonly ChangeWindow[],
  subject: WindowSubject,
  at: { readonly gate: Gate; readonly now: string; readonly systemNamespace: string },
) => readonly WindowFact[];

/** The kinds that governance reads besides change windows. */
export type GovernanceKind = 'PolicyException' | 'Approval' | 'RolloutBudget' | 'RolloutRun';

/** Facts of exceptions, approvals and budgets, evaluated on copies of them. */
export interface GovernanceSource {
  /** The copies that it reads, for their freshness; those of budgets only where gates are asked. */
  readonly caches: Readonly<Partial<Record<GovernanceKind, ObjectCache<KubeObject>>>>;
  /** Those that concern a subject. @param now RFC 3339 */
  exceptions(subject: ExceptionSubject, now: string): readonly ExceptionFact[];
  /** Those of the run that asks, within their scope. */
  approvals(question: GateQuestion): readonly ApprovalFact[];
  /** What the budgets say that concern the step. */
  budgets(
    question: GateQuestion,
    namespaceLabels: Readonly<Record<string, string>>,
  ): readonly BudgetFact[];
}

/** What an engine works on. Caches are shared and outlive it. */
export interface PolicyEngineDeps {
  readonly policies: ObjectCache<RolloutPolicy>;
  readonly bindings: ObjectCache<RolloutPolicyBinding>;
  readonly windows: ObjectCache<ChangeWindow>;
  readonly namespaces: ObjectCache<KubeObject>;
  /** The objects that a `paramKind` names; undefined: that kind is not configured. */
  readonly paramObjects?: (apiVersion: string, kind: string) => ObjectCache<KubeObject> | undefined;
  /** Pod templates of the subject that succeeded lately or run as its primary; absent: not known. */
  readonly succeededTemplates?: (
    kind: string,
    namespace: string,
    name: string,
  ) => readonly Json[] | undefined;
  readonly evaluateWindows: EvaluateWindows;
  /** Absent: there are no exceptions, approvals and budgets. */
  readonly governance?: GovernanceSource;
  readonly clock: Clock;
  /** A copy older than this many milliseconds is not decided on. */
  readonly freshnessMs: number;
  /** Namespace whose change windows hold cluster-wide. */
  readonly systemNamespace: string;
  readonly logger: Logger;
  /** Wall-clock time of one decision in milliseconds, questions to the cluster included. Default 1000. */
  readonly deadlineMs?: number;
  /** The schemas of the cluster's kinds. Default: those that this program carries. */
  readonly schemas?: SchemaSource;
  /** Answers the authorization questions of expressions; absent: they are evaluation errors. */
  readonly access?: AccessReviewer;
}

/** Whether decisions can be made, and which kinds are not synced or too old when they cannot. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** Counts for metrics and status. */
export interface PolicyEngineStatus {
  readonly policies: number;
  readonly bindings: number;
  readonly notCompiling: readonly {
    readonly name: string;
    readonly issues: readonly PolicyIssue[];
  }[];
  readonly snapshotDigest: string;
}

/** What is asked about a write. */
export interface ReviewInput {
  readonly request: RequestFacts;
  readonly object: Json;
  readonly oldObject: Json;
  /** Set by a validating webhook: the object is judged as it is, and not mutated any more. */
  readonly isFinal?: boolean;
}

/** Decides on writes and at gates, on the newest policies that the caches hold. */
export interface PolicyEngine {
  readiness(): Readiness;
  /**
   * @returns at once unless an expression asks the authorizer something that is not known yet
   * @throws SluiceError SLUICE_NOT_READY until policies, bindings and namespaces have been loaded once
   */
  review(input: ReviewInput): Decision | Promise<Decision>;
  /** Whether a policy in force may change the object of such a request; when none does, only the final object counts. */
  mayMutate(request: RequestFacts): boolean;
  /** Whether a policy in force may hold such a write until the gate RolloutStart opens. */
  mayHold(request: RequestFacts): boolean;
  /** Whether the gate RolloutStart asks the policy of this name, so that what it holds can ever go on. */
  opensAtStart(policy: string): boolean;
  /** Never throws for missing facts: what cannot be decided is `hold`. */
  readonly gateKeeper: GateKeeper;
  /**
   * What is wrong with a RolloutPolicy that is being written: its expressions compile in the set of functions for new
   * policies, those that the stored policy of this name already has in the full set.
   */
  validatePolicyObject(object: Json): readonly PolicyIssue[];
  /** Where the params of a RolloutPolicyBinding do not meet the schema of its policy; nothing while there is no policy. */
  validateBindingObject(object: Json): readonly PolicyIssue[];
  status(): PolicyEngineStatus;
  /** The policies in force now. */
  snapshot(): PolicySnapshot;
  /** What is known now about an object that exists, for a decision of the background scan. */
  scanFacts(
    snapshot: PolicySnapshot,
    subject: { readonly object: KubeObject; readonly type: ResourceType },
  ): Facts;
  /** Calls `listener` after policies, bindings, windows, namespaces or parameters changed. */
  subscribe(listener: () => void): () => void;
  close(): void;
}
