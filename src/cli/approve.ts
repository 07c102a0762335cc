import { verbCommand } from './verbs/verb-command.ts';

/** `sluice approve`: a person lets a change pass. */
export const command = verbCommand({
  action: 'Approve',
  summary: 'Approve a rollout or an exception',
  text: `The gates of the run count the approval from now on, within --gates and --max-weight, until it expires or the run
ends. What else holds the run, such as a window or a budget, still does. You need the right to approve the run, and
must not be the one who made the change.`,
  examples: [
    'approve podinfo -n shop --ticket CHG-1042',
    'approve podinfo -n shop --gates TrafficIncrease --max-weight 50 --expires-in 2h',
    'approve policyexception/late-fix -n shop',
  ],
  options: (command) => {
    command
      .option('--gates <a,b>', 'the gates that it opens; all when absent')
      .option('--max-weight <percent>', 'the weight up to which it opens them; 100 when absent');
  },
  expiry: 'how long it counts; until the run ends when absent',
});
