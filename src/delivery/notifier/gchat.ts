import { subjectOf } from './shared.ts';
import type { Notifier } from './types.ts';

const ICON = 'https://flagger.app/favicon.png';

/** Webhooks of Google Chat, as a card. */
export const notifier: Notifier = {
  type: 'gchat',
  capabilities: { token: false, channel: false },
  docs: {
    summary: 'Google Chat: a card for the webhook of a space.',
    prerequisites: [
      'A webhook of a space.',
      'A Secret with `address`: key and token are parts of it.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: { name: on-call, namespace: shop }
spec:
  type: gchat
  secretRef: { name: on-call }
---
apiVersion: v1
kind: Secret
metadata: { name: on-call, namespace: shop }
stringData: { address: https://chat.googleapis.com/v1/spaces/S/messages?key=k&token=replace-me }`,
  },
  address: (configured) => configured,
  payload: (message) => {
    const texts = [
      strong(message.text),
      ...message.fields.map(({ name, value }) => `${name}<br>${strong(value)}`),
    ];
    const sections = texts.map((text) => ({ widgets: [{ textParagraph: { text } }] }));
    const header = { title: 'Flagger', subtitle: subjectOf(message), imageUrl: ICON };
    return { cards: [{ header, sections }] };
  },
};

function strong(text: string): string {
  return `<font color=#848484><strong>${text}</strong></font>`;
}
