import { expect, it } from 'vitest';
import type { AuthorizerAnswer, AuthorizerQuestion } from '../../../../src/cel/library.ts';
import { answer } from './answer.ts';

/** The question that an expression asks. */
function questionOf(expression: string): AuthorizerQuestion | undefined {
  let asked: AuthorizerQuestion | undefined;
  answer(expression, (question) => {
    asked = question;
    return { decision: 'allow' };
  });
  return asked;
}

it.each<[string, AuthorizerQuestion]>([
  [`authorizer.path('/healthz').check('get').allowed()`, { verb: 'get', path: '/healthz' }],
  [
    `authorizer.group('').resource('pods').check('list').allowed()`,
    { verb: 'list', group: '', resource: 'pods' },
  ],
  [
    `authorizer.group('apps').resource('deployments').subresource('scale').namespace('shop').name('web').check('update').allowed()`,
    {
      verb: 'update',
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'shop',
      name: 'web',
    },
  ],
  [
    `authorizer.group('apps').resource('deployments').namespace('shop').namespace('').check('get').allowed()`,
    { verb: 'get', group: 'apps', resource: 'deployments' },
  ],
  [
    `authorizer.group('').resource('pods').fieldSelector('a=b').labelSelector('c in (d)').check('list').allowed()`,
    { verb: 'list', group: '', resource: 'pods', fieldSelector: 'a=b', labelSelector: 'c in (d)' },
  ],
  [
    `authorizer.serviceAccount('shop', 'deployer').path('/x').check('get').allowed()`,
    { verb: 'get', path: '/x', serviceAccount: { namespace: 'shop', name: 'deployer' } },
  ],
  [
    `authorizer.serviceAccount('shop', 'deployer').group('').resource('pods').check('get').allowed()`,
    {
      verb: 'get',
      group: '',
      resource: 'pods',
      serviceAccount: { namespace: 'shop', name: 'deployer' },
    },
  ],
  [
    `authorizer.requestResource.check('promote').allowed()`,
    {
      verb: 'promote',
      group: 'apps',
      resource: 'deployments',
      namespace: 'shop',
      name: 'checkout',
    },
  ],
])('%s asks', (expression, question) => {
  expect(questionOf(expression)).toEqual(question);
});

const DENIED: AuthorizerAnswer = { decision: 'deny', reason: 'no rule', error: 'timed out' };

it.each([
  ['allowed()', 'false'],
  ['reason()', '"no rule"'],
  ['errored()', 'true'],
  ['error()', '"timed out"'],
])('%s of a denial', (reading, text) => {
  const expression = `authorizer.path('/x').check('get').${reading}`;
  expect(answer(expression, () => DENIED).text).toBe(text);
});

it('no opinion is not allowed', () => {
  const expression = `authorizer.path('/x').check('get').allowed()`;
  expect(answer(expression, () => ({ decision: 'noOpinion' })).text).toBe('false');
});

it('a missing answer is an error of its own, never a denial', () => {
  const expression = `authorizer.path('/x').check('get').allowed() || true`;
  expect(answer(expression, () => undefined).text).toBe('true');
  expect(answer(`!(${expression.slice(0, -8)})`, () => undefined).text).toBe('!other');
});
