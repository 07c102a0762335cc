import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  [`semver('1.2.3-rc.1+b.2')`, '1.2.3-rc.1+b.2', 2],
  [`semver('1.2')`, '!other', 1],
  [`semver('01.2.3')`, '!other', 1],
  [`semver('1.2.3-01')`, '!other', 1],
  [`semver('1.2.3-a..b')`, '!other', 1],
  [`semver('1.2.3+')`, '!other', 1],
  [`semver('.1.2')`, '!conversion', 1],
  [`semver('1.2.99999999999999999999')`, '!overflow', 3],
  [`semver('18446744073709551615.0.0').major()`, '-1', 4],
  [`semver('v1.2', true)`, '1.2.0', 1],
  [`semver('1', true)`, '1.0.0', 1],
  [`semver('', true)`, '!conversion', 0],
  [`semver('01.02.03-rc', true)`, '1.2.3-rc', 2],
  [`semver('1-rc', true)`, '!other', 1],
  [`semver('1.2.3.4')`, '!other', 1],
  [`semver('1.2.3-1').isLessThan(semver('1.2.3-a'))`, 'true', 3],
  [`semver('1.2.3-rc').compareTo(semver('1.2.3'))`, '-1', 3],
  [`semver('1.2.3+a') == semver('1.2.3+b')`, 'true', 3],
  [`semver('1.2.3-a.b').compareTo(semver('1.2.3-a'))`, '1', 3],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
