import { slackPayload } from './shared.ts';
import type { Notifier } from './types.ts';

/** Rocket.Chat's incoming webhooks, which take Slack's format with colours of their own. */
export const notifier: Notifier = {
  type: 'rocket',
  capabilities: { token: false, channel: true },
  address: (configured) => configured,
  payload: (message, sender) => slackPayload(message, sender, { good: '#0076D7', bad: '#FF0000' }),
};
