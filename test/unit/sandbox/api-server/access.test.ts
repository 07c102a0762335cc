import { describe, expect, test } from 'vitest';
import { ApiCaller } from '../../../contract/api-server/api-caller.ts';
import { configMap } from '../../../contract/api-server/objects.ts';
import { makeWorld } from './world.ts';

const ALICE = { username: 'alice', groups: ['system:authenticated'] };
const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

function makeGuardedWorld() {
  const world = makeWorld({
    users: [{ token: 'a-token', user: ALICE }],
    authorize: ({ username }, { verb }) => username !== 'alice' || verb === 'get',
  });
  return { ...world, alice: new ApiCaller(world.server.transport(ALICE)) };
}

describe('access', () => {
  test('what a user may not do is refused in the words of Kubernetes', async () => {
    const { alice, api } = makeGuardedWorld();
    const path = '/api/v1/namespaces/default/configmaps';
    await api.post(path, configMap('a'));
    expect((await alice.get(`${path}/a`)).status).toBe(200);
    const refused = await alice.get(path);
    expect(refused.body).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" in the namespace "default"',
    });
    const deleted = await alice.delete('/apis/apps/v1/namespaces/default/deployments/d');
    expect(deleted.body['message']).toBe(
      'deployments.apps "d" is forbidden: User "alice" cannot delete resource "deployments" in API group "apps" in the namespace "default"',
    );
  });

  test('access reviews say what holds', async () => {
    const { alice, api } = makeGuardedWorld();
    const ask = (verb: string) => ({ resourceAttributes: { verb, resource: 'pods' } });
    const own = async (verb: string) =>
      (await alice.post(`${AUTHORIZATION}/selfsubjectaccessreviews`, { spec: ask(verb) })).body[
        'status'
      ];
    expect(await own('get')).toMatchObject({ allowed: true });
    expect(await own('delete')).toEqual({ allowed: false });
    const other = await api.post(`${AUTHORIZATION}/subjectaccessreviews`, {
      spec: { ...ask('delete'), user: 'alice' },
    });
    expect(other.body['status']).toEqual({ allowed: false });
    const nobody = await api.post(`${AUTHORIZATION}/subjectaccessreviews`, { spec: ask('get') });
    expect(nobody.status).toBe(400);
    const nothing = await api.post(`${AUTHORIZATION}/selfsubjectaccessreviews`, { spec: {} });
    expect(nothing.status).toBe(400);
  });

  test('token reviews know the configured users', async () => {
    const { api } = makeGuardedWorld();
    const review = async (token: string) => api.post(TOKEN_REVIEWS, { spec: { token } });
    expect((await review('a-token')).body['status']).toMatchObject({
      authenticated: true,
      user: ALICE,
    });
    expect((await review('other')).body['status']).toEqual({
      user: {},
      error: 'invalid bearer token',
    });
    expect((await review('')).status).toBe(400);
  });
});
