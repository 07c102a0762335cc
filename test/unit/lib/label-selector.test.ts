import { describe, expect, it } from 'vitest';
import { matchesLabels, selectorProblem } from '../../../src/lib/label-selector.ts';

const VALUE =
  /^values\[0\]\[k\]: Invalid value: "bad value": a valid label must be an empty string/;

describe('selectorProblem', () => {
  it.each([
    [{}],
    [{ matchLabels: { 'example.com/a': '', b: 'x-y_z.0' } }],
    [{ matchExpressions: [{ key: 'k', operator: 'NotIn', values: [''] }] }],
    [{ matchExpressions: [{ key: 'k', operator: 'DoesNotExist' }] }],
  ])('%j is fine', (selector) => {
    expect(selectorProblem(selector)).toBeUndefined();
  });

  it.each([
    [{ matchLabels: { k: 'bad value' } }, VALUE],
    [{ matchExpressions: [{ key: 'k', operator: 'In', values: ['bad value'] }] }, VALUE],
    [
      { matchExpressions: [{ key: 'k', operator: 'In', values: ['a b', 'c d'] }] },
      /^\[values\[0\]\[k\]: .*, values\[1\]\[k\]: .*\]$/,
    ],
    [{ matchLabels: { k: 'x'.repeat(64) } }, /: must be no more than 63 bytes$/],
    [{ matchLabels: { 'bad key': '' } }, /^key: Invalid value: "bad key": name part must consist/],
    [{ matchLabels: { '': '' } }, /^key: Invalid value: "": name part must be non-empty; name/],
    [{ matchLabels: { '/x': '' } }, /^key: Invalid value: "\/x": prefix part must be non-empty$/],
    [{ matchLabels: { 'A.b/x': '' } }, /: prefix part a lowercase RFC 1123 subdomain/],
    [
      { matchLabels: { 'a/b/c': '' } },
      /: a valid label key must consist of .*'example.com\/MyName/,
    ],
    [
      { matchExpressions: [{ key: 'k', operator: 'In', values: [] }] },
      /^values: Invalid value: null: for 'in', 'notin' operators/,
    ],
    [
      { matchExpressions: [{ key: 'k', operator: 'Exists', values: ['x'] }] },
      /^values: Invalid value: \["x"\]: values set must be empty/,
    ],
    [{ matchExpressions: [{ key: 'k', operator: 'Nope' }] }, /^"Nope" is not a valid label/],
  ])('%j is not', (selector, problem) => {
    expect(selectorProblem(selector)).toMatch(problem);
    expect(selectorProblem(selector)).toMatch(problem);
  });
});

describe('matchesLabels', () => {
  it.each([
    [{ matchLabels: { a: '1' } }, true],
    [{ matchLabels: { a: '2' } }, false],
    [{ matchExpressions: [{ key: 'b', operator: 'NotIn', values: ['x'] }] }, true],
    [{ matchExpressions: [{ key: 'b', operator: 'Nope' }] }, false],
  ])('%j of a=1 is %s', (selector, expected) => {
    expect(matchesLabels(selector, { a: '1' })).toBe(expected);
  });
});
