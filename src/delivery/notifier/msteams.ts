import { colorOf, subjectOf } from './shared.ts';
import type { Notifier } from './types.ts';

/** Incoming webhooks of Microsoft Teams, as a MessageCard. */
export const notifier: Notifier = {
  type: 'msteams',
  capabilities: { token: false, channel: false },
  docs: {
    summary: 'Microsoft Teams: a MessageCard for an incoming webhook.',
    prerequisites: [
      'An incoming webhook of a channel.',
      'A Secret with `address`, since whoever knows it may write.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: { name: on-call, namespace: shop }
spec:
  type: msteams
  secretRef: { name: on-call }
---
apiVersion: v1
kind: Secret
metadata: { name: on-call, namespace: shop }
stringData: { address: https://example.webhook.office.com/webhookb2/replace-me }`,
    notes: ['An answer of 200 in which Teams says that it did not deliver counts as a failure.'],
  },
  address: (configured) => configured,
  // A connector answers 200 for Teams, also when Teams behind it refuses.
  refusal: (body) =>
    /delivery failed|returned HTTP error/i.test(body) ? 'Teams refused it' : undefined,
  payload: (message) => ({
    '@type': 'MessageCard',
    '@context': 'http://schema.org/extensions',
    themeColor: colorOf(message, { good: '0076D7', bad: 'FF0000' }),
    summary: subjectOf(message),
    sections: [
      {
        activityTitle: message.text,
        activitySubtitle: subjectOf(message),
        facts: message.fields.map(({ name, value }) => ({ name, value })),
      },
    ],
  }),
};
