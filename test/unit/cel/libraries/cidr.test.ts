import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  [`cidr('10.0.0.1/8')`, '10.0.0.1/8', 1],
  [`cidr('10.0.0.1/8').masked()`, '10.0.0.0/8', 2],
  [`cidr('10.0.0.1/33')`, '!overflow', 2],
  [`cidr('10.0.0.1/-1')`, '!other', 2],
  [`cidr('10.0.0.1/08')`, '!other', 2],
  [`cidr('10.0.0.1/')`, '!other', 1],
  [`cidr('10.0.0.1')`, '!other', 1],
  [`cidr('x/8')`, '!conversion', 1],
  [`cidr('::ffff:1.2.3.4/100')`, '!other', 2],
  [`cidr('::1%e/64')`, '!other', 1],
  [`cidr('10.0.0.0/8').containsIP('10.1.2.3')`, 'true', 3],
  [`cidr('10.0.0.0/8').containsIP('x')`, '!no_such_overload', 3],
  [`cidr('10.0.0.0/8').containsIP(ip('::1'))`, 'false', 3],
  [`cidr('10.0.0.0/8').containsIP(dyn('10.1.2.3'))`, 'true', 2],
  [`cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')`, 'true', 6],
  [`cidr('10.0.0.0/8').containsCIDR('x')`, '!other', 5],
  [`cidr('10.0.0.0/8').containsCIDR(dyn(cidr('0.0.0.0/0')))`, 'false', 6],
  [`cidr('0.0.0.0/0').containsCIDR(cidr('10.0.0.0/8'))`, 'true', 3],
  [`cidr('::/0').containsCIDR(cidr('10.0.0.0/8'))`, 'false', 3],
  [`cidr('2001:db8::1/32').ip()`, '2001:db8::1', 3],
  [`cidr('2001:db8::1/32').prefixLength()`, '32', 3],
  [`string(cidr('10.0.0.1/8'))`, '"10.0.0.1/8"', 2],
  [`cidr('10.0.0.1/8') == cidr('10.0.0.0/8')`, 'false', 3],
  [`isCIDR('10.0.0.1/8')`, 'true', 1],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
