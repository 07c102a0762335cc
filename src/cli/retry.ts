import { verbCommand } from './verbs/verb-command.ts';

/** `sluice retry`: a failed revision gets another run. */
export const command = verbCommand({
  action: 'Retry',
  summary: 'Roll out the revision of a failed run again',
  text: `Another run of the same revision begins, with all its gates, provided that the target still has the template. It
needs no edit of the target.`,
  examples: ['retry podinfo -n shop --comment "the metric server was down"'],
});
