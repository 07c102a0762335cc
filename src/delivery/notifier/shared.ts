import type { AlertMessage, AlertSender } from './types.ts';

/** Colours of an alert. */
export interface AlertColors {
  readonly good: string;
  readonly bad: string;
}

/** Of whom an alert is. */
export function subjectOf({ canary, namespace }: AlertMessage): string {
  return `${canary}.${namespace}`;
}

/** The colour of an alert: only errors are bad. */
export function colorOf({ severity }: AlertMessage, { good, bad }: AlertColors): string {
  return severity === 'error' ? bad : good;
}

/** The body in the format of Slack's incoming webhooks, which other chats take, too. */
export function slackPayload(
  message: AlertMessage,
  { channel, username }: AlertSender,
  colors: AlertColors,
): unknown {
  const attachment = {
    color: colorOf(message, colors),
    author_name: subjectOf(message),
    text: message.text,
    mrkdwn_in: ['text'],
    fields: message.fields.map(({ name, value }) => ({ title: name, value, short: false })),
  };
  return { channel, username, icon_url: '', icon_emoji: ':rocket:', attachments: [attachment] };
}
