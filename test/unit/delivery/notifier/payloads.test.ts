import { describe, expect, test } from 'vitest';
import { NOTIFIERS } from '../../../../src/delivery/notifier/index.ts';
import type { AlertMessage, Notifier } from '../../../../src/delivery/notifier/types.ts';

const SENDER = { username: 'flagger', channel: 'on-call' };
const STARTED: AlertMessage = {
  canary: 'podinfo',
  namespace: 'shop',
  severity: 'info',
  text: 'New revision detected, progressing canary analysis.',
  fields: [{ name: 'Target', value: 'Deployment/podinfo.shop' }],
};
const FAILED: AlertMessage = {
  ...STARTED,
  severity: 'error',
  text: 'Failed checks threshold reached 3',
  fields: [],
};

function notifierOf(type: string): Notifier {
  const all: readonly Notifier[] = NOTIFIERS;
  const found = all.find((each) => each.type === type);
  if (found === undefined) throw new Error(`no notifier ${type}`);
  return found;
}

/** As Flagger 1.44 was seen to send it. */
function slackLike(color: string, { text }: AlertMessage, fields: object[]): object {
  return {
    channel: 'on-call',
    username: 'flagger',
    icon_url: '',
    icon_emoji: ':rocket:',
    attachments: [{ color, author_name: 'podinfo.shop', text, mrkdwn_in: ['text'], fields }],
  };
}

const TARGET = [{ title: 'Target', value: 'Deployment/podinfo.shop', short: false }];

describe.each([
  ['slack', 'good', 'danger'],
  ['discord', 'good', 'danger'],
  ['rocket', '#0076D7', '#FF0000'],
])('%s', (type, good, bad) => {
  test.each([
    [STARTED, slackLike(good, STARTED, TARGET)],
    [FAILED, slackLike(bad, FAILED, [])],
  ])('%#', (message, body) => {
    expect(JSON.stringify(notifierOf(type).payload(message, SENDER))).toBe(JSON.stringify(body));
  });
});

test.each([
  [STARTED, '0076D7', [{ name: 'Target', value: 'Deployment/podinfo.shop' }]],
  [FAILED, 'FF0000', []],
])('msteams %#', (message, themeColor, facts) => {
  const body = {
    '@type': 'MessageCard',
    '@context': 'http://schema.org/extensions',
    themeColor,
    summary: 'podinfo.shop',
    sections: [{ activityTitle: message.text, activitySubtitle: 'podinfo.shop', facts }],
  };
  expect(JSON.stringify(notifierOf('msteams').payload(message, SENDER))).toBe(JSON.stringify(body));
});

test.each([
  [STARTED, ['Target<br><font color=#848484><strong>Deployment/podinfo.shop</strong></font>']],
  [FAILED, []],
])('gchat %#', (message, more) => {
  const texts = [`<font color=#848484><strong>${message.text}</strong></font>`, ...more];
  const header = {
    title: 'Flagger',
    subtitle: 'podinfo.shop',
    imageUrl: 'https://flagger.app/favicon.png',
  };
  const sections = texts.map((text) => ({ widgets: [{ textParagraph: { text } }] }));
  expect(JSON.stringify(notifierOf('gchat').payload(message, SENDER))).toBe(
    JSON.stringify({ cards: [{ header, sections }] }),
  );
});

test.each([
  ['slack', 'ok', undefined],
  ['slack', '{"ok":true,"ts":"1"}', undefined],
  ['slack', '{"ok":false,"error":"channel_not_found"}', 'Slack refused it: channel_not_found'],
  ['slack', '{ "ok": false }', 'Slack refused it'],
  ['slack', '{"ok":false,"error":"<script>"}', 'Slack refused it'],
  ['slack', '<html>no</html>', undefined],
  ['msteams', '1', undefined],
  ['msteams', 'Webhook message delivery failed with error: …', 'Teams refused it'],
  ['msteams', 'Microsoft Teams endpoint returned HTTP error 429', 'Teams refused it'],
])('%s: 200 with %s says %s', (type, body, refusal) => {
  expect(notifierOf(type).refusal?.(body)).toBe(refusal);
});

test.each([
  ['https://discord.example/api/webhooks/1/x', 'https://discord.example/api/webhooks/1/x/slack'],
  ['https://discord.example/api/webhooks/1/x/', 'https://discord.example/api/webhooks/1/x/slack'],
  [
    'https://discord.example/api/webhooks/1/x/slack',
    'https://discord.example/api/webhooks/1/x/slack',
  ],
  ['https://discord.example/x?wait=true', 'https://discord.example/x/slack?wait=true'],
])('discord is called in the format of Slack: %s', (configured, called) => {
  expect(notifierOf('discord').address(configured)).toBe(called);
});
