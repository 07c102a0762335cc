import { slackPayload } from './shared.ts';
import type { Notifier } from './types.ts';

/** Slack's incoming webhooks; with a token also `chat.postMessage`. */
export const notifier: Notifier = {
  type: 'slack',
  capabilities: { token: true, channel: true },
  address: (configured) => configured,
  payload: (message, sender) => slackPayload(message, sender, { good: 'good', bad: 'danger' }),
};
