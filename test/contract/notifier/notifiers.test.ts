import { expect, test } from 'vitest';
import { NOTIFIERS } from '../../../src/delivery/notifier/index.ts';
import type { Notifier } from '../../../src/delivery/notifier/types.ts';
import { describeContract } from '../frame/describe-contract.ts';
import { notifierContract } from './contract.ts';

test('every type of Flagger’s schema is there, and no type means two notifiers', () => {
  const notifiers: readonly Notifier[] = NOTIFIERS;
  const types = notifiers.map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(['discord', 'gchat', 'msteams', 'rocket', 'slack']));
  expect(new Set(types).size).toBe(types.length);
});

await describeContract(notifierContract);
