import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiCaller } from '../../contract/api-server/api-caller.ts';
import { deployment } from '../../contract/api-server/objects.ts';
import type { Kubectl } from './kubectl.ts';
import { canary, program, startKubectlWorld, titleOf, type KubectlWorld } from './kubectl-world.ts';

describe.skipIf(program === undefined)(titleOf('kubectl: schemas, owners and edits'), () => {
  let world: KubectlWorld;
  let api: ApiCaller;
  let kubectl: Kubectl;
  const succeeds = (...args: string[]): Promise<string> => world.succeeds(...args);

  beforeAll(async () => {
    world = await startKubectlWorld();
    ({ api, kubectl } = world);
  });

  afterAll(() => world.close());

  test('explain knows the builtin kinds', async () => {
    const explained = await succeeds('explain', 'deployment.spec');
    expect(explained).toMatch(/replicas\t<integer>/);
    expect(explained).toMatch(/template\t<PodTemplateSpec> -required-/);
    expect(await succeeds('explain', 'pod.spec.containers.resources.limits')).toContain(
      '<map[string]Quantity>',
    );
    expect(await succeeds('explain', 'lease', '--recursive')).toContain('holderIdentity');
    const wrong = await kubectl.run('explain', 'deployment.spec.replicaz');
    expect(wrong.stderr).toContain('field "replicaz" does not exist');
  });

  test('apply refuses a misspelt field of a builtin kind, and warns of it without validation', async () => {
    const bad = deployment('misspelt');
    const file = await kubectl.file({ ...bad, spec: { ...bad.spec, replicaz: 3 } });
    const { code, stderr } = await kubectl.run('apply', '-f', file);
    expect(code).toBe(1);
    expect(stderr).toContain('strict decoding error: unknown field "spec.replicaz"');
    const warned = await kubectl.run('apply', '--validate=warn', '-f', file);
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain('Warning: unknown field "spec.replicaz"');
    const wrong = await kubectl.file({ ...bad, spec: { ...bad.spec, replicas: 'three' } });
    const refused = await kubectl.run('apply', '-f', wrong);
    expect(refused.stderr).toContain('json: cannot unmarshal string into Go struct field');
  });

  test('get --show-managed-fields names who set what', async () => {
    await succeeds('apply', '--server-side', '-f', await kubectl.file(canary('owned')));
    await succeeds('label', 'canary', 'owned', 'team=web');
    const plain = await succeeds('get', 'canary', 'owned', '-o', 'yaml');
    expect(plain).not.toContain('managedFields');
    const shown = await succeeds('get', 'canary', 'owned', '-o', 'yaml', '--show-managed-fields');
    expect(shown).toContain('manager: kubectl\n    operation: Apply');
    expect(shown).toContain('manager: kubectl-label\n    operation: Update');
    expect(shown).toContain('f:stepWeight: {}');
  });

  test('apply --server-side takes over what apply of old owned, and conflicts with a scale', async () => {
    const name = 'moved';
    await succeeds('apply', '-f', await kubectl.file(deployment(name)));
    await succeeds('apply', '--server-side', '-f', await kubectl.file(deployment(name)));
    const path = `/apis/apps/v1/namespaces/default/deployments/${name}`;
    const { body } = await api.get(path);
    const entries = body['metadata']?.['managedFields'] as unknown as { operation: string }[];
    expect(entries).toMatchObject([
      { manager: 'kubectl', operation: 'Apply' },
      // What apply of old left is kept up to date.
      { manager: 'kubectl-last-applied', operation: 'Apply' },
    ]);
    await succeeds('scale', `deployment/${name}`, '--replicas=5');
    const again = await kubectl.run(
      ...['apply', '--server-side', '-f', await kubectl.file(deployment(name))],
    );
    expect(again.stderr).toContain(
      'conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  test('diff shows what an apply would change, and says so by its exit code', async () => {
    await succeeds('apply', '-f', await kubectl.file(canary('differs')));
    const same = await kubectl.run('diff', '-f', await kubectl.file(canary('differs')));
    expect(same).toMatchObject({ code: 0, stdout: '' });
    const changed = await kubectl.run('diff', '-f', await kubectl.file(canary('differs', 35)));
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/^-\s+stepWeight: 10$/m);
    expect(changed.stdout).toMatch(/^\+\s+stepWeight: 35$/m);
    const served = await kubectl.run(
      ...[
        'diff',
        '--server-side',
        '--force-conflicts',
        '-f',
        await kubectl.file(canary('differs', 40)),
      ],
    );
    expect(served.stdout).toMatch(/^\+\s+stepWeight: 40$/m);
    expect(await succeeds('get', 'canary', 'differs', '-o', 'yaml')).toContain('stepWeight: 10');
  });

  test('edit opens an editor and writes what it leaves; nothing when it changes nothing', async () => {
    await succeeds('apply', '-f', await kubectl.file(canary('by-editor')));
    await succeeds('apply', '-f', await kubectl.file(deployment('by-editor')));
    kubectl.environment['KUBE_EDITOR'] = 'sed -i s/stepWeight:.*/stepWeight:\\ 15/';
    expect(await succeeds('edit', 'canary', 'by-editor')).toContain('edited');
    expect(await succeeds('get', 'canary', 'by-editor', '-o', 'yaml')).toContain('stepWeight: 15');
    expect((await kubectl.run('edit', 'canary', 'by-editor')).stderr).toContain('cancelled');
    kubectl.environment['KUBE_EDITOR'] = 'sed -i s/replicas:.*/replicas:\\ 4/';
    expect(await succeeds('edit', 'deployment', 'by-editor')).toContain('edited');
    const replicas = 'jsonpath={.spec.replicas}';
    expect(await succeeds('get', 'deployment', 'by-editor', '-o', replicas)).toBe('4');
  });
});
