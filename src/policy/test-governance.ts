import type { ApprovalFact, BudgetFact, ExceptionFact, WindowFact } from '../domain/decision.ts';
import { SluiceError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { ExceptionSubject } from '../domain/exception.ts';
import type { OfflineGovernance, OfflineStep } from './offline-governance.ts';

type Members = Readonly<Record<string, Json>>;

/** Facts of governance that a test case gives. */
export interface TestGovernance {
  readonly exceptions: readonly ExceptionFact[];
  readonly approvals: readonly ApprovalFact[];
  readonly windows: readonly WindowFact[];
  readonly budgets: readonly BudgetFact[];
}

/** What a case says of itself, for the objects that it gives. */
export interface TestSubject {
  readonly subject: ExceptionSubject;
  /** undefined: it is not about a gate, where windows, approvals and budgets count. */
  readonly step: OfflineStep | undefined;
  readonly now: string;
}

/**
 * Exceptions, approvals, windows and budgets of a case. Each entry is either a fact as decisions are made on, or an
 * object with a `spec`, which is evaluated at the case's instant.
 * @param evaluate absent: objects cannot be evaluated
 * @throws SluiceError SLUICE_INPUT for an object that nobody can evaluate
 */
export function testGovernance(
  members: Members,
  { subject, step, now }: TestSubject,
  evaluate: OfflineGovernance | undefined,
): TestGovernance {
  const split = (key: string): { facts: readonly Members[]; objects: readonly KubeObject[] } => {
    const items = itemsOf(members[key]);
    const objects = items.filter((item) => Object.hasOwn(item, 'spec'));
    if (objects.length > 0 && evaluate === undefined) {
      throw new SluiceError('SLUICE_INPUT', `${key} must be facts here: objects need the CLI`);
    }
    return {
      facts: items.filter((item) => !Object.hasOwn(item, 'spec')),
      objects: objects as unknown as readonly KubeObject[],
    };
  };
  const exceptions = split('exceptions');
  const approvals = split('approvals');
  const windows = split('windows');
  const budgets = split('budgets');
  return {
    exceptions: [
      ...exceptions.facts.map(exceptionFact),
      ...(evaluate?.exceptions(exceptions.objects, subject, now) ?? []),
    ],
    approvals: [
      ...approvals.facts.map((fact) => approvalFact(fact, now)),
      ...(step === undefined ? [] : (evaluate?.approvals(approvals.objects, step) ?? [])),
    ],
    windows: [
      ...(windows.facts as unknown as readonly WindowFact[]),
      ...(step === undefined ? [] : (evaluate?.windows(windows.objects, subject, step) ?? [])),
    ],
    budgets: [
      ...(budgets.facts as unknown as readonly BudgetFact[]),
      ...(step === undefined ? [] : (evaluate?.budgets(budgets.objects, subject, step) ?? [])),
    ],
  };
}

/** A fact that is given without saying so is in force, and never ends. */
function exceptionFact(given: Members): ExceptionFact {
  const defaults = {
    namespace: 'sluice-system',
    name: 'exception',
    type: 'Exception',
    policies: [],
    expiresAt: '9999-01-01T00:00:00Z',
    inForce: true,
    reviewOverdue: false,
  };
  return { ...defaults, ...given } as unknown as ExceptionFact;
}

function approvalFact(given: Members, now: string): ApprovalFact {
  const defaults = {
    namespace: '',
    name: '',
    approver: {},
    action: 'Approve',
    createdAt: now,
    signatureVerified: false,
  };
  return { ...defaults, ...given } as unknown as ApprovalFact;
}

function itemsOf(value: Json | undefined): readonly Members[] {
  return isJsonArray(value) ? value.filter((item): item is Members => isJsonObject(item)) : [];
}
