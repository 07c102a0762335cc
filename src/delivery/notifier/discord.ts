import { posix } from 'node:path';
import { slackPayload } from './shared.ts';
import type { Notifier } from './types.ts';

/** Discord's webhooks, by the part of them that takes Slack's format. */
export const notifier: Notifier = {
  type: 'discord',
  capabilities: { token: false, channel: true },
  address: (configured) => {
    const url = new URL(configured);
    if (url.pathname.endsWith('/slack')) return configured;
    url.pathname = posix.join(url.pathname, 'slack');
    return url.href;
  },
  payload: (message, sender) => slackPayload(message, sender, { good: 'good', bad: 'danger' }),
};
