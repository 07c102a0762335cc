import { verbCommand } from './verbs/verb-command.ts';

/** `sluice abort`: back to the primary, now. */
export const command = verbCommand({
  action: 'Abort',
  summary: 'Abort a rollout: all traffic goes back to the primary',
  text: `It takes effect at once: during a hold, a pause, a freeze, a closed window, and whatever the checks say. Once the
primary has the revision it is too late: give the target its earlier template again then.`,
  examples: ['abort podinfo -n shop', 'abort run/podinfo-7 -n shop -o json'],
});
