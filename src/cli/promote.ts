import { verbCommand } from './verbs/verb-command.ts';

/** `sluice promote`: the rest of the analysis is left out. */
export const command = verbCommand({
  action: 'Promote',
  summary: 'Promote a rollout without the rest of its analysis',
  text: `The run goes to its promotion next, whatever weight it has. The gate Promotion is asked all the same: policies,
windows, budgets and confirm-promotion hooks hold it as ever. While they do the canary is measured on, and rolled back
when it is bad.`,
  examples: ['promote podinfo -n shop --comment "fix of an outage"'],
});
