import { expect, it } from 'vitest';
import { selectorErrors } from '../../../src/policy/selector-errors.ts';

const PATH = 'spec.matchConstraints.objectSelector';

it.each([
  [{ matchLabels: { a: 'b' } }, []],
  [{ matchLabels: { a: 'b c' } }, [`${PATH}.matchLabels: Invalid value: "b c": a valid label`]],
  [
    { matchExpressions: [{ key: 'k k', operator: 'In' as const, values: ['ok', 'b c'] }] },
    [
      `${PATH}.matchExpressions[0].key: Invalid value: "k k": name part must consist`,
      `${PATH}.matchExpressions[0].values[1]: Invalid value: "b c": a valid label`,
    ],
  ],
  [
    { matchExpressions: [{ key: 'k', operator: 'In' as const }] },
    [`${PATH}.matchExpressions[0].values: Required value: must be specified`],
  ],
  [
    { matchExpressions: [{ key: 'k', operator: 'Exists' as const, values: ['x'] }] },
    [`${PATH}.matchExpressions[0].values: Forbidden: may not be specified`],
  ],
])('errors of the selector %j', (objectSelector, expected) => {
  const errors = selectorErrors({ objectSelector });
  expect(errors).toEqual(expected.map((start) => expect.stringContaining(start) as string));
});

it('has none without criteria', () => {
  expect(selectorErrors(undefined)).toEqual([]);
});
