import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { eventually, MERGE, text, type ApiCaller } from './api-caller.ts';
import { configMap } from './objects.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${GROUP}/validatingadmissionpolicies`;
const BINDINGS = `${GROUP}/validatingadmissionpolicybindings`;

interface PolicyParts {
  readonly spec: object;
  readonly binding?: object;
}

/** A policy over the ConfigMaps of one namespace, in force once its first validation says so. */
async function guard(
  api: ApiCaller,
  ns: string,
  { spec, binding = {} }: PolicyParts,
): Promise<void> {
  const made = await api.post(POLICIES, {
    metadata: { name: ns },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] },
        ],
      },
      ...spec,
    },
  });
  expect(made.status, made.text).toBe(201);
  const bound = await api.post(BINDINGS, {
    metadata: { name: `${ns}-here` },
    spec: {
      policyName: ns,
      validationActions: ['Deny'],
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } },
      },
      ...binding,
    },
  });
  expect(bound.status, bound.text).toBe(201);
}

const NO_BAD = { expression: "!('bad' in object.data)", message: 'bad data' };
const BAD = configMap('probe', { bad: '1' });

/** Waits until the policy is in force: a dry run of what it refuses is refused. */
function isInForce(api: ApiCaller, path: string): Promise<void> {
  return eventually(async () => (await api.post(`${path}?dryRun=All`, BAD)).status !== 201);
}

export function policyContract(use: UseCaller): void {
  describe('ValidatingAdmissionPolicies', () => {
    const start = async () => {
      const { api } = use();
      const ns = await api.namespace();
      return { api, ns, path: `/api/v1/namespaces/${ns}/configmaps` };
    };

    test('deny with their own words, reason and code', async () => {
      const { api, ns, path } = await start();
      await guard(api, ns, {
        spec: {
          validations: [
            NO_BAD,
            { expression: 'object.metadata.name.size() < 6', reason: 'Forbidden' },
            {
              expression: "object.data.?n.orValue('0') != '7'",
              messageExpression: "'seven: ' + object.data.n",
            },
          ],
        },
      });
      await isInForce(api, path);
      const bad = await api.post(path, configMap('a', { bad: '1' }));
      const said = (what: string) =>
        `ValidatingAdmissionPolicy '${ns}' with binding '${ns}-here' denied request: ${what}`;
      expect(bad.body).toMatchObject({
        status: 'Failure',
        code: 422,
        reason: 'Invalid',
        message: `configmaps "a" is forbidden: ${said('bad data')}`,
        details: { name: 'a', kind: 'configmaps', causes: [{ message: said('bad data') }] },
      });
      const reasoned = await api.post(path, configMap('far-too-long', { ok: '1' }));
      expect(reasoned.body).toMatchObject({
        code: 403,
        reason: 'Forbidden',
        message: `configmaps "far-too-long" is forbidden: ${said('failed expression: object.metadata.name.size() < 6')}`,
      });
      const seven = await api.post(path, configMap('b', { n: '7' }));
      expect(seven.body['message']).toBe(`configmaps "b" is forbidden: ${said('seven: 7')}`);
      expect((await api.post(path, configMap('c', { n: '6' }))).status).toBe(201);
    });

    test('see the old object, the operation and variables; match conditions leave requests out', async () => {
      const { api, ns, path } = await start();
      await guard(api, ns, {
        spec: {
          matchConditions: [{ name: 'not-free', expression: "request.name != 'free'" }],
          variables: [{ name: 'grows', expression: 'object.data.size() >= oldObject.data.size()' }],
          validations: [
            {
              expression: "request.operation == 'DELETE' || !('bad' in object.data)",
            },
            {
              expression: "request.operation != 'UPDATE' || variables.grows",
              message: 'data may only grow',
            },
          ],
        },
      });
      await isInForce(api, path);
      for (const name of ['a', 'free']) await api.post(path, configMap(name, { x: '1', y: '1' }));
      const shrunk = await api.patch(`${path}/a`, MERGE, { data: { x: null } });
      expect(shrunk.body['message']).toContain('data may only grow');
      expect((await api.patch(`${path}/free`, MERGE, { data: { x: null } })).status).toBe(200);
      expect((await api.delete(`${path}/a`)).status).toBe(200);
    });

    test('take parameters; without any, the binding says what follows', async () => {
      const { api, ns, path } = await start();
      await api.post(path, configMap('limits', { max: '2' }));
      await guard(api, ns, {
        spec: {
          paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
          validations: [
            {
              expression:
                "request.operation == 'DELETE' || object.data.size() <= int(params.data.max)",
              messageExpression: "'at most ' + params.data.max",
            },
          ],
        },
        binding: { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } },
      });
      const big = configMap('probe', { bad: '1', worse: '1', worst: '1' });
      await eventually(async () => {
        const { body } = await api.post(`${path}?dryRun=All`, big);
        return text(body, 'message').endsWith('denied request: at most 2');
      });
      expect((await api.post(path, configMap('a', { x: '1' }))).status).toBe(201);
      await api.delete(`${path}/limits`);
      await eventually(async () => {
        const { body } = await api.post(`${path}?dryRun=All`, configMap('b', { x: '1' }));
        return text(body, 'message').includes(
          'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
        );
      });
    });

    test('warn when their binding says so', async () => {
      const { api, ns, path } = await start();
      await guard(api, ns, {
        spec: { validations: [NO_BAD] },
        binding: { validationActions: ['Warn'] },
      });
      await eventually(async () => {
        const { headers, status } = await api.post(`${path}?dryRun=All`, BAD);
        expect(status).toBe(201);
        return (headers['warning'] ?? '').includes(
          `Validation failed for ValidatingAdmissionPolicy '${ns}' with binding '${ns}-here': bad data`,
        );
      });
    });

    test('an error follows the failure policy', async () => {
      const { api, ns, path } = await start();
      await guard(api, ns, {
        spec: { validations: [NO_BAD, { expression: "object.data['none'] == '1'" }] },
      });
      await isInForce(api, path);
      const refused = await api.post(path, configMap('a', { x: '1' }));
      expect(refused.body['message']).toContain(
        "denied request: expression 'object.data['none'] == '1'' resulted in error: no such key: none",
      );
      await api.patch(`${POLICIES}/${ns}`, MERGE, { spec: { failurePolicy: 'Ignore' } });
      await eventually(
        async () =>
          (await api.post(`${path}?dryRun=All`, configMap('a', { x: '1' }))).status === 201,
      );
    });

    test('that do not compile are refused, and get their defaults', async () => {
      const { api, ns } = await start();
      const rules = [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
      ];
      const broken = await api.post(POLICIES, {
        metadata: { name: ns },
        spec: {
          matchConstraints: { resourceRules: rules },
          validations: [{ expression: 'object.x ==' }],
        },
      });
      expect(broken.body).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(broken.body['message']).toContain(
        'spec.validations[0].expression: Invalid value: "object.x ==": compilation failed: ERROR: <input>:1:12: Syntax error: mismatched input \'<EOF>\'',
      );
      const made = await api.post(`${POLICIES}?dryRun=All`, {
        metadata: { name: ns },
        spec: {
          matchConstraints: { resourceRules: rules },
          validations: [{ expression: 'true' }],
        },
      });
      expect(made.body['spec']).toMatchObject({
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [{ scope: '*' }],
        },
      });
      const both = await api.post(`${BINDINGS}?dryRun=All`, {
        metadata: { name: ns },
        spec: { policyName: ns, validationActions: ['Deny', 'Warn'] },
      });
      expect(both.status).toBe(422);
    });
  });
}
