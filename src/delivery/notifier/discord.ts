import { posix } from 'node:path';
import { slackPayload } from './shared.ts';
import type { Notifier } from './types.ts';

/** Discord's webhooks, by the part of them that takes Slack's format. */
export const notifier: Notifier = {
  type: 'discord',
  capabilities: { token: false, channel: true },
  docs: {
    summary:
      'Discord: an embed in the format of Slack’s webhooks, which Discord takes at `/slack`.',
    prerequisites: [
      'A webhook of a channel.',
      'A Secret with `address`, since whoever knows it may write.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: { name: on-call, namespace: shop }
spec:
  type: discord
  channel: releases
  username: sluice
  secretRef: { name: on-call }
---
apiVersion: v1
kind: Secret
metadata: { name: on-call, namespace: shop }
stringData: { address: https://discord.com/api/webhooks/1/replace-me }`,
    notes: ['`/slack` is added to the address where it is missing.'],
  },
  address: (configured) => {
    const url = new URL(configured);
    if (url.pathname.endsWith('/slack')) return configured;
    url.pathname = posix.join(url.pathname, 'slack');
    return url.href;
  },
  payload: (message, sender) => slackPayload(message, sender, { good: 'good', bad: 'danger' }),
};
