import { describe, expect, test } from 'vitest';
import { builtinType } from '../../../src/domain/builtin-types/builtin-types.ts';
import type { UseCaller } from './use-caller.ts';
import type { ApiCaller, Loose } from './api-caller.ts';
import { configMap, deployment } from './objects.ts';

/** Kinds whose published types are compared, by document. */
const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  'api/v1': ['PodSpec', 'Container', 'ServiceSpec', 'ObjectMeta', 'Event', 'Probe', 'Affinity'],
  'apis/apps/v1': ['DeploymentSpec', 'DeploymentStatus', 'PodTemplateSpec', 'StatefulSetSpec'],
  'apis/autoscaling/v2': ['HorizontalPodAutoscalerSpec', 'MetricSpec'],
  'apis/coordination.k8s.io/v1': ['LeaseSpec'],
  'apis/admissionregistration.k8s.io/v1': ['ValidatingAdmissionPolicySpec', 'ValidatingWebhook'],
  'apis/apiextensions.k8s.io/v1': ['CustomResourceDefinitionSpec', 'JSONSchemaProps'],
};

/** The members of a published type and whether they are required or lists by keys, as text. */
async function typeOf(api: ApiCaller, document: string, name: string): Promise<string[]> {
  const { body } = await api.get(`/openapi/v3/${document}`);
  const schemas = Object.entries(body['components']?.['schemas'] ?? {});
  const schema = schemas.find(([key]) => key.split('.').at(-1) === name)?.[1];
  return membersOf(schema);
}

export function builtinTypeContract(use: UseCaller): void {
  describe('builtin types', () => {
    const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments?dryRun=All';
    const spec = (members: object) => {
      const object = deployment('d');
      return { ...object, spec: { ...object.spec, ...members } };
    };

    // The expectation is what the sandbox publishes; against a real server this compares the two.
    test.each(Object.entries(DOCUMENTS))('%s are published', async (document, names) => {
      const { api } = use();
      for (const name of names) {
        expect({ name, members: await typeOf(api, document, name) }).toEqual({
          name,
          members: sandboxType(name),
        });
      }
    });

    test('a value of another type is refused, and the place named', async () => {
      const { api } = use();
      const cases: [object, string][] = [
        [
          { replicas: 'x' },
          'string into Go struct field DeploymentSpec.spec.replicas of type int32',
        ],
        [
          { replicas: 1.5 },
          'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
        ],
        [{ paused: 'yes' }, 'string into Go struct field DeploymentSpec.spec.paused of type bool'],
        [
          { template: 7 },
          'number into Go struct field DeploymentSpec.spec.template of type v1.PodTemplateSpec',
        ],
        [
          { template: { spec: { containers: {} } } },
          'object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
        ],
      ];
      for (const [members, text] of cases) {
        const { body } = await api.post(DEPLOYMENTS, spec(members));
        expect(body).toMatchObject({
          code: 400,
          reason: 'BadRequest',
          message: `Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal ${text}`,
        });
      }
    });

    test('unknown members are dropped with a warning, or refused', async () => {
      const { api } = use();
      const object = spec({ replicaz: 3 });
      const warned = await api.post(DEPLOYMENTS, object);
      expect(warned.status).toBe(201);
      expect(warned.body['spec']).not.toHaveProperty('replicaz');
      expect(warned.headers['warning']).toBe(String.raw`299 - "unknown field \"spec.replicaz\""`);
      const ignored = await api.post(`${DEPLOYMENTS}&fieldValidation=Ignore`, object);
      expect(ignored.headers['warning']).toBeUndefined();
      const strict = await api.post(`${DEPLOYMENTS}&fieldValidation=Strict`, object);
      expect(strict.body['message']).toBe(
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replicaz"',
      );
    });

    test('nulls are absent members, in maps empty texts', async () => {
      const { api } = use();
      const made = await api.post(DEPLOYMENTS, spec({ paused: null, strategy: null }));
      expect(made.body['spec']).not.toHaveProperty('paused');
      expect(made.body['spec']?.['strategy']).toMatchObject({ type: 'RollingUpdate' });
      const path = '/api/v1/namespaces/default/configmaps?dryRun=All';
      const map = { ...configMap('a'), data: { x: null } };
      expect((await api.post(path, map)).body['data']).toEqual({ x: '' });
    });
  });
}

/** What the sandbox's table says of a type. */
function sandboxType(name: string): string[] {
  return membersOf(builtinType(name) as unknown as Loose);
}

function membersOf(schema: Loose | undefined): string[] {
  const required = (schema?.['required'] ?? []) as unknown as string[];
  return Object.entries(schema?.['properties'] ?? {})
    .filter(([member]) => member !== 'apiVersion' && member !== 'kind')
    .map(([member, inner]) => {
      const keys = (inner['x-kubernetes-list-map-keys'] ?? []) as unknown as string[];
      return `${member}${required.includes(member) ? '!' : ''} ${keys.join(',')}`.trim();
    })
    .sort();
}
