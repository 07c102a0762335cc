import type { AlertMessage, AlertSender, Notifier } from '../../../src/delivery/notifier/types.ts';

/** What a notifier needs to be tried out. */
export interface NotifierFixture {
  /** An address as its users configure it, with a secret of at least 12 characters in it. */
  readonly address: string;
  /** The part of the address that is secret. */
  readonly secret: string;
  /** Bodies of answers of 2xx by which its server refuses an alert; absent where a server refuses by status alone. */
  readonly refusals?: readonly string[];
  /** Bodies by which its server takes one. */
  readonly taken: readonly string[];
}

export const SENDER: AlertSender = { username: 'flagger', channel: 'on-call' };

export const MESSAGE: AlertMessage = {
  canary: 'podinfo',
  namespace: 'shop',
  severity: 'info',
  text: 'New revision detected, progressing canary analysis.',
  fields: [
    { name: 'Target', value: 'Deployment/podinfo.shop' },
    { name: 'Progress deadline', value: '60s' },
  ],
};

/** The body that a chat gets. */
export function bodyOf(notifier: Notifier, message: AlertMessage = MESSAGE): string {
  return JSON.stringify(notifier.payload(message, SENDER));
}
