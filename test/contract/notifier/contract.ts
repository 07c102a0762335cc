import { expect } from 'vitest';
import { NOTIFIERS } from '../../../src/delivery/notifier/index.ts';
import type { Notifier } from '../../../src/delivery/notifier/types.ts';
import type { Contract } from '../frame/contract.ts';
import { bodyOf, MESSAGE, type NotifierFixture } from './fixture.ts';
import { NOTIFIER_MUTANTS } from './mutants.ts';

/** What every notifier must keep. */
export const notifierContract: Contract<Notifier, NotifierFixture> = {
  of: 'notifier',
  exported: 'notifier',
  index: NOTIFIERS,
  cases: [
    {
      name: 'the body says of whom, what, and every field in its order',
      run: (notifier) => {
        const body = bodyOf(notifier);
        for (const text of ['podinfo.shop', MESSAGE.text]) expect(body).toContain(text);
        const places = MESSAGE.fields.map(({ value }) => body.indexOf(value));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(places).not.toContain(-1);
      },
    },
    {
      name: 'it is pure',
      run: (notifier) => {
        expect(bodyOf(notifier)).toBe(bodyOf(notifier, structuredClone(MESSAGE)));
      },
    },
    {
      name: 'warnings look as what is good does, errors are as loud at least',
      run: (notifier) => {
        expect(bodyOf(notifier, { ...MESSAGE, severity: 'warn' })).toBe(bodyOf(notifier));
        expect(bodyOf(notifier, { ...MESSAGE, severity: 'error' }).length).toBeGreaterThan(0);
      },
    },
    {
      name: 'its address is one that can be called, and the same when it is asked for again',
      run: (notifier) => {
        const address = notifier.address('https://chat.example/hooks/abc?wait=true');
        expect(new URL(address)).toMatchObject({ protocol: 'https:', host: 'chat.example' });
        expect(new URL(address).search).toBe('?wait=true');
        expect(notifier.address(address)).toBe(address);
      },
    },
    {
      name: 'the channel is said where the notifier needs one',
      run: (notifier) => {
        expect(bodyOf(notifier).includes('on-call')).toBe(notifier.capabilities.channel);
      },
    },
    {
      name: 'the secret of its address is not in the body',
      run: (notifier, { address, secret }) => {
        expect(secret.length).toBeGreaterThanOrEqual(12);
        expect(address).toContain(secret);
        notifier.address(address);
        expect(bodyOf(notifier)).not.toContain(secret);
      },
    },
    {
      name: 'a refusal with a status of success is seen and said in a line, without the secret',
      appliesTo: (notifier) => 'refusal' in notifier,
      run: (notifier, { refusals, secret }) => {
        expect(refusals, 'the fixture has no refusal').toBeDefined();
        for (const body of refusals ?? []) {
          const said = notifier.refusal?.(body);
          expect(said, body).toMatch(/^[^\n]{3,100}$/);
          expect(said).not.toContain(secret);
        }
      },
    },
    {
      name: 'what its server says of an alert that it took is no refusal',
      run: (notifier, { taken }) => {
        expect(taken).not.toEqual([]);
        for (const body of taken) expect(notifier.refusal?.(body)).toBeUndefined();
      },
    },
  ],
  mutants: NOTIFIER_MUTANTS,
};
