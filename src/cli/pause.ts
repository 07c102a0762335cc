import { verbCommand } from './verbs/verb-command.ts';

/** `sluice pause`: the weight stays. */
export const command = verbCommand({
  action: 'Pause',
  summary: 'Pause a rollout: its weight stays where it is',
  text: `The canary keeps its share and is measured on; a bad one is rolled back as ever. It goes on when somebody resumes
it, or when the pause expires.`,
  examples: ['pause podinfo -n shop --expires-in 1h'],
  expiry: 'how long the pause lasts; until somebody resumes the run when absent',
});
