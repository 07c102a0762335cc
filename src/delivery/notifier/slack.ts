import { slackPayload } from './shared.ts';
import type { Notifier } from './types.ts';

/** Slack's incoming webhooks; with a token also `chat.postMessage`. */
export const notifier: Notifier = {
  type: 'slack',
  capabilities: { token: true, channel: true },
  docs: {
    summary: 'Slack: an attachment with the alert’s text and fields.',
    prerequisites: [
      'An incoming webhook, or the method `chat.postMessage` with a bot token that may write to the channel.',
      'A Secret with `address`; with `token`, too, for `chat.postMessage`.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: { name: on-call, namespace: shop }
spec:
  type: slack
  channel: releases
  username: sluice
  secretRef: { name: on-call }
---
apiVersion: v1
kind: Secret
metadata: { name: on-call, namespace: shop }
stringData: { address: https://hooks.slack.com/services/T000/B000/replace-me }`,
    notes: [
      'An answer of 200 with `"ok": false` counts as a failure, and Slack’s word for it is told.',
    ],
  },
  address: (configured) => configured,
  payload: (message, sender) => slackPayload(message, sender, { good: 'good', bad: 'danger' }),
  // Methods of Slack's Web API answer 200 also when they fail, with `ok: false` and a word that says why.
  refusal: (body) => {
    if (!/^\s*\{[^{}]*"ok"\s*:\s*false/.test(body)) return undefined;
    const code = /"error"\s*:\s*"([a-z_]{1,64})"/.exec(body)?.[1];
    return code === undefined ? 'Slack refused it' : `Slack refused it: ${code}`;
  },
};
