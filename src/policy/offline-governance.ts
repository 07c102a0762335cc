import type { ApprovalFact, BudgetFact, ExceptionFact, WindowFact } from '../domain/decision.ts';
import type { UserInfo } from '../domain/decision.ts';
import type { KubeObject } from '../domain/object.ts';
import type { Gate } from '../domain/policy.ts';
import type { ExceptionSubject } from '../domain/exception.ts';

/** A step, as far as governance objects of files are evaluated for it. */
export interface OfflineStep {
  readonly gate: Gate;
  readonly toWeight: number;
  readonly changedBy: UserInfo | null;
  /** RFC 3339. */
  readonly now: string;
}

/** Evaluates governance objects that only files describe; whoever wires makes it. */
export interface OfflineGovernance {
  exceptions(
    objects: readonly KubeObject[],
    subject: ExceptionSubject,
    now: string,
  ): readonly ExceptionFact[];
  windows(
    objects: readonly KubeObject[],
    subject: ExceptionSubject,
    step: Pick<OfflineStep, 'gate' | 'now'>,
  ): readonly WindowFact[];
  /** Those of one run, whichever they name. */
  approvals(objects: readonly KubeObject[], step: OfflineStep): readonly ApprovalFact[];
  /** As if nothing else were under way. */
  budgets(
    objects: readonly KubeObject[],
    subject: ExceptionSubject,
    step: OfflineStep,
  ): readonly BudgetFact[];
}
