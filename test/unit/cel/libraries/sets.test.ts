import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  ['sets.contains([1, 2], [1.0])', '!compile no_overload', undefined],
  ['sets.equivalent([1, 1], [1])', 'true', 5],
  ['sets.intersects([], [])', 'false', 1],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
