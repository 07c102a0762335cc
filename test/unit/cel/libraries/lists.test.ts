import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  ['[1, 2, 3].slice(1, 2)', '[2]', 12],
  ['[1, 2, 3].slice(-1, 2)', '!index', 12],
  ['[1, 2, 3].slice(2, 1)', '!index', 12],
  ['[1, 2, 3].slice(2, 9)', '!other', 12],
  ['[[1], [2, [3]]].flatten()', '!compile type', undefined],
  ['[[1], [2]].flatten(0)', '[[1], [2]]', 11],
  ['[[1], [2]].flatten(-1)', '!other', 13],
  ['dyn([1, [2]]).flatten()', '!compile type', undefined],
  ['lists.range(3)', '[0, 1, 2]', 14],
  ['lists.range(-1)', '!other', 12],
  ['lists.range(1000001)', '!other', 12],
  ['[1, 1.0, 1u, 2].map(x, dyn(x)).distinct()', '!compile type', undefined],
  ['[3, 1, 2].sort()', '[1, 2, 3]', 29],
  ['dyn([3, 1, 2]).sort()', '[1, 2, 3]', 1],
  [`dyn([3, 'a']).sort()`, '!compile type', undefined],
  ['dyn([{}]).sort()', '!other', 1],
  ['[3, 1, 2].sortBy(x, -x)', '[3, 2, 1]', 74],
  [`['b', 'a'].sort()`, '["a", "b"]', 19],
  ['[1, 2].first()', 'some(1)', 1],
  ['[].last()', 'none', 1],
  ['[1, 2].includes(2)', 'true', 2],
  ['dyn(1).includes(1.0)', 'true', 1],
  ['[1, 2].sum()', '3', 2],
  ['[9223372036854775807, 1].sum()', '!overflow', 2],
  [`dyn([1, 'a']).sum()`, '!compile type', undefined],
  [`dyn(['a']).sum()`, '!no_such_overload', 0],
  [`[duration('1s'), duration('2s')].sum()`, '3000000000', 2],
  ['[].sum()', '0', 0],
  ['[].min()', '!other', 0],
  [`dyn([1, 'a']).max()`, '!compile type', undefined],
  ['dyn([{}]).max()', '!no_such_overload', 0],
  ['dyn([2, 1.5]).min()', '!compile type', undefined],
  ['[1, 2].isSorted()', 'true', 2],
  [`dyn(['b', 1]).isSorted()`, '!compile type', undefined],
  ['[1, 2, 1].lastIndexOf(1)', '2', 3],
  ['dyn([1, 2]).reverse()', '[2, 1]', 13],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
