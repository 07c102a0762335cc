import { verbCommand } from './verbs/verb-command.ts';

/** `sluice reject`: a person does not let a change pass. */
export const command = verbCommand({
  action: 'Reject',
  summary: 'Reject a rollout, which ends it, or an exception',
  text: `All traffic goes back to the primary at once, and the revision is not rolled out again until it changes or somebody
retries it. Nothing holds a rejection up: no gate, window, budget or check.`,
  examples: [
    'reject podinfo -n shop --comment "not in this quarter"',
    'reject policyexception/late-fix -n shop',
  ],
});
