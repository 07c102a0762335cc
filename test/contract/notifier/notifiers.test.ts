import { describe, expect, test } from 'vitest';
import { NOTIFIERS } from '../../../src/delivery/notifier/index.ts';
import type { AlertMessage, Notifier } from '../../../src/delivery/notifier/types.ts';

const notifiers: readonly Notifier[] = NOTIFIERS;
const SENDER = { username: 'flagger', channel: 'on-call' };
const MESSAGE: AlertMessage = {
  canary: 'podinfo',
  namespace: 'shop',
  severity: 'info',
  text: 'New revision detected, progressing canary analysis.',
  fields: [
    { name: 'Target', value: 'Deployment/podinfo.shop' },
    { name: 'Progress deadline', value: '60s' },
  ],
};

describe.each(notifiers)('notifier $type', (notifier) => {
  const bodyOf = (message: AlertMessage): string =>
    JSON.stringify(notifier.payload(message, SENDER));

  test('the body says of whom, what, and every field in its order', () => {
    const body = bodyOf(MESSAGE);
    const said = ['podinfo.shop', MESSAGE.text];
    for (const text of said) expect(body).toContain(text);
    const places = MESSAGE.fields.map(({ value }) => body.indexOf(value));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  test('it is pure', () => {
    expect(bodyOf(MESSAGE)).toBe(bodyOf(structuredClone(MESSAGE)));
  });

  test('warnings look as what is good does, errors are as loud at least', () => {
    const warning = bodyOf({ ...MESSAGE, severity: 'warn' });
    expect(warning).toBe(bodyOf(MESSAGE));
    expect(bodyOf({ ...MESSAGE, severity: 'error' }).length).toBeGreaterThan(0);
  });

  test('its address is one that can be called, and the same when it is asked for again', () => {
    const address = notifier.address('https://chat.example/hooks/abc?wait=true');
    expect(new URL(address)).toMatchObject({ protocol: 'https:', host: 'chat.example' });
    expect(new URL(address).search).toBe('?wait=true');
    expect(notifier.address(address)).toBe(address);
  });

  test('the channel is said where the notifier needs one', () => {
    expect(bodyOf(MESSAGE).includes('on-call')).toBe(notifier.capabilities.channel);
  });
});

test('every type of the schema is there, once', () => {
  expect(notifiers.map(({ type }) => type).sort()).toEqual([
    'discord',
    'gchat',
    'msteams',
    'rocket',
    'slack',
  ]);
});
