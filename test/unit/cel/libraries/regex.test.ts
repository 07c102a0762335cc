import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  [`'aab'.findAll('a*')`, '["aa", ""]', 1],
  [`'aab'.findAll('a*', 1)`, '["aa"]', 1],
  [`'abc'.findAll('', 2)`, '["", ""]', 0],
  [`'a😀'.findAll('')`, '["", "", ""]', 0],
  [`'abc'.findAll('b', 0)`, '[]', 1],
  [`'abc 123'.find('[0-9]+')`, '"123"', 2],
  [`'x'.find('(')`, '!compile const_fold', undefined],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
