import { budgetReason } from '../domain/budget.ts';
import type { BudgetFact, ExceptionFact, Facts, Violation } from '../domain/decision.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { Excepter } from './excepting.ts';
import { equalJson } from './json-patch.ts';
import { isGate } from './violations.ts';

/** Limits of budgets that do not grant the step; they hold at gates only. */
export function budgetViolations({ callSite, budgets }: Facts): readonly Violation[] {
  if (budgets.length === 0 || !isGate(callSite)) return [];
  return budgets.filter(({ granted }) => !granted).map(budgetViolation);
}

function budgetViolation(fact: BudgetFact): Violation {
  return own(`RolloutBudget/${fact.namespace}/${fact.name}`, 'Hold', budgetReason(fact));
}

/**
 * What a step takes of the budgets that concern it; one entry a budget. Undefined when none does.
 */
export function reservationsOf({
  callSite,
  budgets,
}: Facts): readonly { readonly budget: string; readonly weight: number }[] | undefined {
  if (budgets.length === 0 || !isGate(callSite)) return undefined;
  const weights = new Map(
    budgets.map(({ namespace, name, weight }) => [`${namespace}/${name}`, weight]),
  );
  return [...weights].map(([budget, weight]) => ({ budget, weight }));
}

/** Emergencies that nobody reviewed in time: each denies forward changes of what it selects. */
export function overdueViolations(
  facts: Facts,
  excepter: Excepter | undefined,
): readonly Violation[] {
  if (excepter === undefined || !isForwardChange(facts)) return [];
  return facts.exceptions
    .filter((exception) => exception.reviewOverdue && excepter.maySelect(exception))
    .map(overdueViolation);
}

function overdueViolation({ namespace, name }: ExceptionFact): Violation {
  const message = `emergency exception ${namespace}/${name} has not been reviewed in time: another person must approve or reject it before anything goes forward`;
  return own(`PolicyException/${namespace}/${name}`, 'Deny', message);
}

function own(policy: string, action: 'Deny' | 'Hold', message: string): Violation {
  const nothing = { generation: 0, digest: '', binding: '', validation: '' };
  return { policy, ...nothing, action, message, reason: 'Forbidden' };
}

/** Whether something new would run: a step at a gate, or a Canary or Deployment whose description changes. */
function isForwardChange({ callSite, request, object, oldObject }: Facts): boolean {
  if (isGate(callSite)) return true;
  if (callSite !== 'Admission' || (request.subResource ?? '') !== '' || object === null)
    return false;
  const { group, resource } = request.resource;
  switch (`${group}/${resource}`) {
    case 'flagger.app/canaries':
      return !equalJson(at(object, 'spec'), at(oldObject, 'spec'));
    case 'apps/deployments':
      return !equalJson(at(object, 'spec', 'template'), at(oldObject, 'spec', 'template'));
    default:
      return false;
  }
}

/** The member at a path; null when anything on the way is missing, as in what was deleted or not there before. */
function at(value: Json, ...path: readonly string[]): Json {
  let node: Json | undefined = value;
  for (const key of path)
    node = isJsonObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  return node ?? null;
}

/** Says of a validation that reads approvals who may open it. @param failed the violation of a validation at a gate */
export function withApprovalHint(failed: Violation, facts: Facts): Violation {
  const { run, rollout } = facts;
  const approvable: Violation = { ...failed, approvable: true };
  if (run === undefined || (failed.action !== 'Deny' && failed.action !== 'Hold'))
    return approvable;
  const { namespace, name } = run;
  const who = rollout?.changedBy === null ? 'two people' : 'somebody else than the author';
  const hint = `${who} with the right to approve rolloutruns.sluice.dev in namespace ${namespace} can open it: sluice approve ${name} -n ${namespace}`;
  return { ...approvable, message: `${failed.message}; ${hint}` };
}
