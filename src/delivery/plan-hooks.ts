import type { HookType } from '../domain/canary.ts';
import { waitFor, type EventAction, type Plan } from './action.ts';
import { ask, event, hooksOf, subjectOf, type RunContext } from './plan-context.ts';
import { rollBack } from './plan-rollback.ts';

/** Asks the rollback hooks of the round; a success ends the run. Undefined once none of them wants that. */
export function rollbackHooks(context: RunContext): Plan | undefined {
  for (const hook of hooksOf(context, 'rollback')) {
    if (hook.answer === undefined) return ask(context, hook.inquiry);
    if (hook.answer === 'pending') return waitFor(context.spec.intervalMs);
    if (hook.answer.verdict === 'passed') {
      const complaint = 'manual webhook invoked';
      const message = `the rollback hook ${hook.name} asked for it`;
      return rollBack(context, { reason: 'RollbackHook', message, complaint });
    }
  }
  return undefined;
}

/** Events about the hooks of a type that have answered, each said once. */
export function hookNotes(context: RunContext, type: HookType): EventAction[] {
  return hooksOf(context, type).flatMap(({ kind, name, inquiry, answer }) => {
    if (typeof answer !== 'object') return [];
    const passed = answer.verdict === 'passed';
    // Refusals of other types are told by the decision that they lead to.
    if (!passed && type !== 'rollback') return [];
    const text = passed
      ? kind.passed(name)
      : kind.refused(name, subjectOf(context), answer.message);
    if (text === undefined) return [];
    return [event(text.level, text.message, context.obs.status.phase, `${inquiry.id}/told`)];
  });
}

/** The plan with events that follow its writes, and precede what these led to and what is asked next. */
export function withNotes(plan: Plan, told: readonly EventAction[]): Plan {
  if (told.length === 0) return plan;
  const at = plan.actions.findIndex(({ type }) => type === 'event' || type === 'ask');
  const split = at < 0 ? plan.actions.length : at;
  return {
    ...plan,
    actions: [...plan.actions.slice(0, split), ...told, ...plan.actions.slice(split)],
  };
}
