import { subjectOf } from './shared.ts';
import type { Notifier } from './types.ts';

const ICON = 'https://flagger.app/favicon.png';

/** Webhooks of Google Chat, as a card. */
export const notifier: Notifier = {
  type: 'gchat',
  capabilities: { token: false, channel: false },
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
