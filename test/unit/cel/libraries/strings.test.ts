import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  [`'aXbXc'.split('X', 2)`, '["a", "bXc"]', 1],
  [`'abc'.split('')`, '["a", "b", "c"]', 1],
  [`'abc'.split('', 2)`, '["a", "bc"]', 1],
  [`''.split(',')`, '[""]', 0],
  [`''.split('')`, '[]', 0],
  [`'a😀b'.split('')`, '["a", "😀", "b"]', 1],
  [`'abc'.replace('', '-')`, '"-a-b-c-"', 1],
  [`'abc'.replace('', '-', 2)`, '"-a-bc"', 1],
  [`'aaa'.replace('a', 'b', 2)`, '"bba"', 1],
  [`'a😀b'.charAt(1)`, '"😀"', 1],
  [`'a😀b'.indexOf('b')`, '2', 0],
  [`'a😀b'.lastIndexOf('')`, '3', 0],
  [`'abc'.indexOf('', 10)`, '3', 0],
  [`'abc'.indexOf('a', -1)`, '!index', 0],
  [`'abc'.lastIndexOf('c', 1)`, '-1', 0],
  [`'abcabc'.lastIndexOf('abc', 4)`, '3', 0],
  [`'abc'.substring(2, 1)`, '!conversion', 1],
  [`'abc'.substring(4)`, '!index', 1],
  [String.raw`'\u0085 \ufeffx\u00a0'.trim()`, '"﻿x"', 1],
  [`['a', dyn(1)].join(',')`, '!compile type', undefined],
  [`[dyn('a'), dyn(1)].join(',')`, '!conversion', 1],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
