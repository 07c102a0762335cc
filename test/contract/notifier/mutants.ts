import type { Notifier } from '../../../src/delivery/notifier/types.ts';
import { altered, type Contract } from '../frame/contract.ts';
import type { NotifierFixture } from './fixture.ts';

/** A notifier with each mistake. */
export const NOTIFIER_MUTANTS: Contract<Notifier, NotifierFixture>['mutants'] = {
  'does nothing': (notifier) => altered(notifier, { payload: () => ({}) }),
  'swaps weights': () => ({ because: 'it sees no weights' }),
  // The fields of an alert are other people's words.
  'drops foreign fields': (notifier) =>
    altered(notifier, {
      payload: (message, sender) => notifier.payload({ ...message, fields: [] }, sender),
    }),
  'always passes': (notifier) =>
    notifier.refusal === undefined
      ? { because: 'its server refuses by status, which is judged outside the plug-in' }
      : altered(notifier, { refusal: () => undefined }),
  'leaks a secret': (notifier) => {
    let called = '';
    return altered(notifier, {
      address: (configured) => {
        called = configured;
        return notifier.address(configured);
      },
      payload: (message, sender) => ({
        ...(notifier.payload(message, sender) as object),
        sentTo: called,
      }),
    });
  },
};
