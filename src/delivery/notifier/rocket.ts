import { slackPayload } from './shared.ts';
import type { Notifier } from './types.ts';

/** Rocket.Chat's incoming webhooks, which take Slack's format with colours of their own. */
export const notifier: Notifier = {
  type: 'rocket',
  capabilities: { token: false, channel: true },
  docs: {
    summary: 'Rocket.Chat: an attachment in the format of Slack’s webhooks.',
    prerequisites: [
      'An incoming integration that may write to the channel.',
      'A Secret with `address`, since whoever knows it may write.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: { name: on-call, namespace: shop }
spec:
  type: rocket
  channel: releases
  username: sluice
  secretRef: { name: on-call }
---
apiVersion: v1
kind: Secret
metadata: { name: on-call, namespace: shop }
stringData: { address: https://chat.example.com/hooks/1/replace-me }`,
  },
  address: (configured) => configured,
  payload: (message, sender) => slackPayload(message, sender, { good: '#0076D7', bad: '#FF0000' }),
};
