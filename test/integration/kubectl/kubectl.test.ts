import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import { MERGE, eventually, type ApiCaller } from '../../contract/api-server/api-caller.ts';
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

/** Denies Canaries whose step weight is over 40. */
function review(body: string): { status: number; body: string } {
  const { request } = JSON.parse(body) as {
    request: { uid: string; object: ReturnType<typeof canary> | null };
  };
  const weight = request.object?.spec.analysis.stepWeight ?? 0;
  const response =
    weight > 40
      ? {
          allowed: false,
          status: { code: 403, message: 'step weight 45 is over 40' },
          warnings: ['smaller steps bake longer'],
        }
      : { allowed: true };
  return {
    status: 200,
    body: JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: request.uid, ...response },
    }),
  };
}

const WEBHOOK = {
  metadata: { name: 'canaries' },
  webhooks: [
    {
      name: 'canaries.example.com',
      clientConfig: { url: 'https://127.0.0.1:9443/validate' },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      rules: [
        {
          operations: ['CREATE', 'UPDATE'],
          apiGroups: ['flagger.app'],
          apiVersions: ['v1beta1'],
          resources: ['canaries'],
        },
      ],
    },
  ],
};

describe.skipIf(program === undefined)(titleOf('kubectl'), () => {
  let world: KubectlWorld;
  let api: ApiCaller;
  let kubectl: Kubectl;
  const succeeds = (...args: string[]): Promise<string> => world.succeeds(...args);

  beforeAll(async () => {
    world = await startKubectlWorld((_target, body) => Promise.resolve(review(body)));
    ({ api, kubectl } = world);
  });

  afterAll(() => world.close());

  test('api-resources and explain read discovery and OpenAPI', async () => {
    const resources = await succeeds('api-resources');
    expect(resources).toMatch(/^canaries\s+flagger.app\/v1beta1\s+true\s+Canary$/m);
    expect(resources).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m);
    const explained = await succeeds('explain', 'canary.spec.analysis');
    expect(explained).toContain('stepWeight\t<number>');
  });

  test('apply creates and changes, get shows the columns of the definition', async () => {
    expect(await succeeds('apply', '-f', await kubectl.file(canary('one')))).toContain('created');
    expect(await succeeds('apply', '-f', await kubectl.file(canary('one', 20)))).toContain(
      'configured',
    );
    expect(await succeeds('apply', '-f', await kubectl.file(canary('one', 20)))).toContain(
      'unchanged',
    );
    const status = { phase: 'Progressing', canaryWeight: 20, failedChecks: 0, iterations: 0 };
    await api.patch(`${CANARIES}/one/status`, MERGE, { status });
    const table = await succeeds('get', 'canary', 'one');
    expect(table).toMatch(/^NAME\s+STATUS\s+WEIGHT/);
    expect(table).toMatch(/^one\s+Progressing\s+20/m);
    expect(await succeeds('get', 'canary', 'one', '-o', 'yaml')).toContain('stepWeight: 20');
    const path = 'jsonpath={.spec.analysis.stepWeight}';
    expect(await succeeds('get', 'canary', 'one', '-o', path)).toBe('20');
  });

  test('apply refuses a misspelt field and names it', async () => {
    const bad = canary('typo');
    const spec = { ...bad.spec, analysis: { ...bad.spec.analysis, stepWieght: 5 } };
    const file = await kubectl.file({ ...bad, spec });
    const { code, stderr } = await kubectl.run('apply', '-f', file);
    expect(code).toBe(1);
    expect(stderr).toContain('strict decoding error: unknown field "spec.analysis.stepWieght"');
  });

  test('apply --server-side creates, and says with whom it conflicts', async () => {
    const file = await kubectl.file(canary('served'));
    expect(await succeeds('apply', '--server-side', '-f', file)).toContain('serverside-applied');
    const other = await kubectl.file(canary('served', 30));
    const args = ['apply', '--server-side', '--field-manager=other', '-f', other];
    const refused = await kubectl.run(...args);
    expect(refused.stderr).toContain('conflict with "kubectl": .spec.analysis.stepWeight');
    expect(await succeeds(...args, '--force-conflicts')).toContain('serverside-applied');
  });

  test('apply --dry-run=server shows the denial and the warning of a webhook', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    await api.post(path, WEBHOOK);
    const file = await kubectl.file(canary('steep', 45));
    const { code, stderr } = await kubectl.run('apply', '--dry-run=server', '-f', file);
    await api.delete(`${path}/canaries`);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'admission webhook "canaries.example.com" denied the request: step weight 45 is over 40',
    );
    expect(stderr).toContain('Warning: smaller steps bake longer');
    expect((await api.get(`${CANARIES}/steep`)).status).toBe(404);
  });

  test('get -w follows', async () => {
    await succeeds('apply', '-f', await kubectl.file(canary('watched')));
    const { child, text } = kubectl.start('get', 'canary', 'watched', '-w');
    await eventually(() => Promise.resolve(text().includes('watched')));
    const status = { phase: 'Succeeded', canaryWeight: 0, failedChecks: 0, iterations: 0 };
    await api.patch(`${CANARIES}/watched/status`, MERGE, { status });
    await eventually(() => Promise.resolve(text().includes('Succeeded')));
    child.kill();
    expect(text().match(/^NAME/gm)).toHaveLength(1);
  });

  test('wait sees a condition come', async () => {
    await succeeds('apply', '-f', await kubectl.file(canary('waited')));
    const waiting = kubectl.run(
      'wait',
      'canary/waited',
      '--for=condition=promoted',
      '--timeout=20s',
    );
    const conditions = [{ type: 'Promoted', status: 'True', reason: 'Succeeded', message: 'done' }];
    await api.patch(`${CANARIES}/waited/status`, MERGE, { status: { conditions } });
    expect((await waiting).stdout).toContain('condition met');
  });

  test('patch, label, annotate, describe and delete', async () => {
    await succeeds('apply', '-f', await kubectl.file(canary('edited')));
    const patch = '{"spec":{"analysis":{"stepWeight":25}}}';
    await succeeds('patch', 'canary', 'edited', '--type=merge', '-p', patch);
    await succeeds('label', 'canary', 'edited', 'team=web');
    await succeeds('annotate', 'canary', 'edited', 'note=hello');
    const described = await succeeds('describe', 'canary', 'edited');
    expect(described).toMatch(/Labels:\s+team=web/);
    expect(described).toMatch(/note: hello/);
    expect(described).toMatch(/Step Weight:\s+25/);
    expect(await succeeds('get', 'canary', '-l', 'team=web', '-o', 'name')).toBe(
      'canary.flagger.app/edited\n',
    );
    expect(await succeeds('delete', 'canary', 'edited')).toContain('deleted');
    const gone = await kubectl.run('get', 'canary', 'edited');
    expect(gone.stderr).toBe(
      'Error from server (NotFound): canaries.flagger.app "edited" not found\n',
    );
  });

  test('deployments: scale, set image, rollout status', async () => {
    await succeeds('apply', '-f', await kubectl.file(deployment('web')));
    await succeeds('scale', 'deployment/web', '--replicas=3');
    await succeeds('set', 'image', 'deployment/web', 'app=podinfo:2.0.0');
    const path = '/apis/apps/v1/namespaces/default/deployments/web';
    const { body } = await api.get(path);
    expect(body['spec']).toMatchObject({
      replicas: 3,
      template: { spec: { containers: [{ image: 'podinfo:2.0.0' }, { name: 'side' }] } },
    });
    const status = {
      observedGeneration: body['metadata']?.['generation'],
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    };
    const waiting = kubectl.run('rollout', 'status', 'deployment/web', '--timeout=20s');
    await api.patch(`${path}/status`, MERGE, { status });
    expect((await waiting).stdout).toContain('successfully rolled out');
    expect(await succeeds('get', 'deployment', 'web')).toMatch(/^web\s+3\/3\s+3\s+3/m);
    const described = await succeeds('describe', 'deployment', 'web');
    expect(described).toMatch(/Replicas:\s+3 desired \| 3 updated \| 3 total \| 3 available/);
  });

  test('create, run and auth, which speak protobuf only', async () => {
    await succeeds('create', 'namespace', 'made');
    await succeeds('create', 'configmap', 'made', '--from-literal=a=b', '-n', 'made');
    await succeeds('create', 'secret', 'generic', 'made', '--from-literal=p=q', '-n', 'made');
    await succeeds('create', 'serviceaccount', 'made', '-n', 'made');
    await succeeds(
      ...['create', 'deployment', 'made', '--image=podinfo:1', '--replicas=2', '--port=80'],
      ...['-n', 'made'],
    );
    await succeeds('run', 'made', '--image=podinfo:1', '-n', 'made');
    const at = '/api/v1/namespaces/made';
    expect((await api.get(`${at}/configmaps/made`)).body['data']).toEqual({ a: 'b' });
    expect((await api.get(`${at}/secrets/made`)).body['data']).toEqual({ p: 'cQ==' });
    const { body } = await api.get('/apis/apps/v1/namespaces/made/deployments/made');
    expect(body['spec']).toMatchObject({
      replicas: 2,
      selector: { matchLabels: { app: 'made' } },
      template: { spec: { containers: [{ image: 'podinfo:1', ports: [{ containerPort: 80 }] }] } },
    });
    expect(await succeeds('auth', 'can-i', 'delete', 'pods')).toBe('yes\n');
    expect(await succeeds('auth', 'whoami')).toMatch(/Username\s+sandbox-admin/);
    const refused = await kubectl.run(...['create', 'role', 'r', '--verb=get', '--resource=pods']);
    expect(refused.stderr).toContain('does not read the kind Role in protobuf form');
    expect(await succeeds('delete', 'namespace', 'made')).toContain('deleted');
  });

  test('acts as another user with --as', async () => {
    const reviewed = await api.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(reviewed.body['status']).toEqual({ userInfo: SANDBOX_ADMIN });
    await succeeds('get', 'canaries', '--as', 'alice');
  });
});
