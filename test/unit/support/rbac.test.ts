import { expect, it } from 'vitest';
import { attributesOf, Rbac } from '../../support/rbac.ts';

it.each([
  ['GET', '/api/v1/namespaces?limit=500', 'list', '', 'namespaces', '', ''],
  ['GET', '/api/v1/namespaces/shop', 'get', '', 'namespaces', '', 'shop'],
  ['GET', '/api/v1/namespaces/shop/secrets/a', 'get', '', 'secrets', 'shop', 'a'],
  ['GET', '/apis/apps/v1/deployments?watch=true', 'watch', 'apps', 'deployments', '', ''],
  [
    'PUT',
    '/apis/flagger.app/v1beta1/namespaces/shop/canaries/c/status?fieldManager=x',
    'update',
    'flagger.app',
    'canaries/status',
    'shop',
    'c',
  ],
  ['GET', '/apis/a.b/v1/things?fieldSelector=metadata.name%3Dx', 'list', 'a.b', 'things', '', 'x'],
] as const)('%s %s', (method, path, verb, group, resource, namespace, name) => {
  expect(attributesOf({ method, path })).toEqual({ verb, group, resource, namespace, name });
});

it('grants what the file says, by name and namespace', () => {
  const rbac = new Rbac('webhook-rbac.yaml');
  const secret = { verb: 'get', group: '', resource: 'secrets', namespace: 'sluice-system' };
  expect(rbac.allows({ ...secret, name: 'sluice-webhook-tls' })).toBe(true);
  expect(rbac.allows({ ...secret, name: 'other' })).toBe(false);
  expect(rbac.allows({ ...secret, name: 'sluice-webhook-tls', namespace: 'shop' })).toBe(false);
  expect(rbac.unused()).not.toContain('get secrets');
  expect(rbac.unused()).toContain('update secrets');
});
