import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  [`authorizer.path('').check('get').allowed()`, '!other', 350003],
  [`authorizer.group('').resource('pods').check('get').reason()`, '""', 350004],
  [
    `authorizer.group('').resource('pods').fieldSelector('a=b').labelSelector('c').check('get').allowed()`,
    'true',
    350176,
  ],
  [`authorizer.serviceAccount('x', 'Y').path('/').check('get').allowed()`, '!other', 350004],
  ['authorizer == authorizer', '!no_such_overload', 3],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
