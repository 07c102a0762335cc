import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type ApiCaller } from '../../contract/api-server/api-caller.ts';
import { deployment } from '../../contract/api-server/objects.ts';
import type { Kubectl } from './kubectl.ts';
import {
  CANARIES,
  canary,
  program,
  startKubectlWorld,
  titleOf,
  type KubectlWorld,
} from './kubectl-world.ts';

describe.skipIf(program === undefined)(
  titleOf('kubectl: rollouts, selections, deletion and policies'),
  () => {
    let world: KubectlWorld;
    let api: ApiCaller;
    let kubectl: Kubectl;
    const succeeds = (...args: string[]): Promise<string> => world.succeeds(...args);

    beforeAll(async () => {
      world = await startKubectlWorld();
      ({ api, kubectl } = world);
    });

    afterAll(() => world.close());

    test('rollout restart, pause and resume change the template', async () => {
      await succeeds('apply', '-f', await kubectl.file(deployment('restarts')));
      expect(await succeeds('rollout', 'restart', 'deployment/restarts')).toContain('restarted');
      expect(await succeeds('get', 'deployment', 'restarts', '-o', 'yaml')).toContain(
        'kubectl.kubernetes.io/restartedAt',
      );
      expect(await succeeds('rollout', 'pause', 'deployment/restarts')).toContain('paused');
      expect(await succeeds('rollout', 'resume', 'deployment/restarts')).toContain('resumed');
    });

    test('selectors, -A, -o wide, sorting and pages', async () => {
      for (const [name, tier] of [
        ['s-one', 'a'],
        ['s-two', 'b'],
        ['s-three', 'a'],
      ] as const) {
        const labels = { tier };
        const object = { ...deployment(name), metadata: { name, labels } };
        await succeeds('apply', '-f', await kubectl.file(object));
      }
      const names = (text: string) => text.trim().split('\n');
      const chosen = await succeeds('get', 'deploy', '-l', 'tier in (a)', '-o', 'name');
      expect(names(chosen)).toEqual(['deployment.apps/s-one', 'deployment.apps/s-three']);
      const field = await succeeds(
        ...['get', 'deploy', '--field-selector', 'metadata.name=s-two', '-o', 'name'],
      );
      expect(names(field)).toEqual(['deployment.apps/s-two']);
      const wide = await succeeds('get', 'deploy', '-l', 'tier', '-A', '-o', 'wide');
      expect(wide).toMatch(
        /^NAMESPACE\s+NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+CONTAINERS\s+IMAGES\s+SELECTOR/,
      );
      const paged = await succeeds('get', 'deploy', '-l', 'tier', '--chunk-size=1', '-o', 'name');
      expect(names(paged)).toHaveLength(3);
      const sorted = await succeeds(
        ...[
          'get',
          'deploy',
          '-l',
          'tier',
          '--sort-by=.metadata.name',
          '--no-headers',
          '-o',
          'name',
        ],
      );
      expect(names(sorted)).toHaveLength(3);
      const labelled = await succeeds(
        'get',
        'deploy',
        '-l',
        'tier=b',
        '--show-labels',
        '-L',
        'tier',
      );
      expect(labelled).toContain('tier=b');
      expect(await succeeds('label', 'deploy', '-l', 'tier=b', 'tier-')).toContain('unlabeled');
    });

    test('delete with each propagation, of owners and by selector', async () => {
      for (const cascade of ['background', 'foreground', 'orphan']) {
        const name = `owner-${cascade}`;
        await succeeds('apply', '-f', await kubectl.file(deployment(name)));
        const owner = (await api.get(`/apis/apps/v1/namespaces/default/deployments/${name}`)).body;
        const { uid } = owner['metadata'] as unknown as { uid: string };
        const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid };
        await api.post('/api/v1/namespaces/default/configmaps', {
          metadata: { name, ownerReferences: [{ ...reference, blockOwnerDeletion: true }] },
        });
        expect(await succeeds('delete', 'deployment', name, `--cascade=${cascade}`)).toContain(
          'deleted',
        );
        const path = `/api/v1/namespaces/default/configmaps/${name}`;
        const left = cascade === 'orphan' ? 200 : 404;
        await eventually(async () => (await api.get(path)).status === left);
      }
    });

    test('events and leases are shown', async () => {
      await succeeds('apply', '-f', await kubectl.file(canary('eventful')));
      const { body } = await api.get(`${CANARIES}/eventful`);
      const { uid, name, namespace } = body['metadata'] as unknown as Record<string, string>;
      const time = new Date().toISOString().replace(/\.\d+/, '');
      await api.post('/api/v1/namespaces/default/events', {
        metadata: { name: 'eventful.1' },
        involvedObject: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name, namespace, uid },
        type: 'Warning',
        reason: 'Synced',
        message: 'halt advancement',
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      });
      const events = await succeeds('events', '--for', 'canary/eventful');
      expect(events).toMatch(/Warning\s+Synced\s+Canary\/eventful\s+halt advancement/);
      expect(await succeeds('get', 'events')).toContain('halt advancement');
      expect(await succeeds('describe', 'canary', 'eventful')).toContain('halt advancement');
      await api.post('/apis/coordination.k8s.io/v1/namespaces/default/leases', {
        metadata: { name: 'leader' },
        spec: { holderIdentity: 'pod-1' },
      });
      expect(await succeeds('get', 'lease', 'leader')).toMatch(/^leader\s+pod-1/m);
    });

    test('a ValidatingAdmissionPolicy denies in the words of Kubernetes', async () => {
      const group = '/apis/admissionregistration.k8s.io/v1';
      await api.post(`${group}/validatingadmissionpolicies`, {
        metadata: { name: 'few' },
        spec: {
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: ['apps'],
                apiVersions: ['v1'],
                operations: ['CREATE'],
                resources: ['deployments'],
              },
            ],
          },
          validations: [{ expression: 'object.spec.replicas <= 5', message: 'at most 5 replicas' }],
        },
      });
      await api.post(`${group}/validatingadmissionpolicybindings`, {
        metadata: { name: 'few-everywhere' },
        spec: { policyName: 'few', validationActions: ['Deny'] },
      });
      const many = deployment('many');
      const file = await kubectl.file({ ...many, spec: { ...many.spec, replicas: 9 } });
      const { stderr } = await kubectl.run('apply', '-f', file);
      await succeeds('delete', 'validatingadmissionpolicybinding', 'few-everywhere');
      await succeeds('delete', 'validatingadmissionpolicy', 'few');
      expect(stderr).toContain(
        "ValidatingAdmissionPolicy 'few' with binding 'few-everywhere' denied request: at most 5 replicas",
      );
    });

    test('patches of each kind, replace and a status subresource', async () => {
      await succeeds('apply', '-f', await kubectl.file(deployment('patched')));
      const strategic =
        '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:2"}]}}}}';
      await succeeds('patch', 'deployment', 'patched', '-p', strategic);
      const json = '[{"op":"replace","path":"/spec/replicas","value":7}]';
      await succeeds('patch', 'deployment', 'patched', '--type=json', '-p', json);
      await succeeds('set', 'env', 'deployment/patched', 'B=2', '-c', 'app');
      const { body } = await api.get('/apis/apps/v1/namespaces/default/deployments/patched');
      expect(body['spec']).toMatchObject({
        replicas: 7,
        template: {
          spec: {
            containers: [{ name: 'app', env: [{ name: 'A' }, { name: 'B' }] }, { image: 'side:2' }],
          },
        },
      });
      await succeeds(
        ...['patch', 'deployment', 'patched', '--subresource=status', '--type=merge'],
        ...['-p', '{"status":{"observedGeneration":1}}'],
      );
      await succeeds('expose', 'deployment', 'patched', '--port=80', '--target-port=9898');
      expect(await succeeds('get', 'service', 'patched')).toMatch(/^patched\s+ClusterIP\s+10\./m);
      expect(await succeeds('replace', '-f', await kubectl.file(deployment('patched')))).toContain(
        'replaced',
      );
    });

    test('what one may do, and health', async () => {
      expect(await succeeds('auth', 'can-i', '--list')).toMatch(/\*\.\*\s+\[\]\s+\[\]\s+\[\*\]/);
      expect(await succeeds('get', '--raw', '/readyz')).toBe('ok');
    });
  },
);
