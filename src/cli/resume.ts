import { verbCommand } from './verbs/verb-command.ts';

/** `sluice resume`: ends a pause. */
export const command = verbCommand({
  action: 'Resume',
  summary: 'Let a paused rollout go on',
  text: `It ends a pause and nothing else: gates that are closed stay so, and spec.suspend of the Canary too.`,
  examples: ['resume podinfo -n shop'],
});
