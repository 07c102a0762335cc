import { colorOf, subjectOf } from './shared.ts';
import type { Notifier } from './types.ts';

/** Incoming webhooks of Microsoft Teams, as a MessageCard. */
export const notifier: Notifier = {
  type: 'msteams',
  capabilities: { token: false, channel: false },
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
