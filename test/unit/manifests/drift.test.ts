import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url).pathname;
let copy: string;

/** The checkout as `npm run generate` sees it, with manifests and reference pages of its own. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'sluice-drift-'));
  for (const name of ['src', 'scripts', 'node_modules', 'package.json', '.prettierrc.json']) {
    symlinkSync(join(ROOT, name), join(copy, name));
  }
  cpSync(join(ROOT, 'manifests'), join(copy, 'manifests'), { recursive: true });
  mkdirSync(join(copy, 'docs'));
  cpSync(join(ROOT, 'docs/reference'), join(copy, 'docs/reference'), { recursive: true });
});
afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

function check(): { code: number | null; stale: string[] } {
  const args = [join(ROOT, 'scripts/generate.ts'), '--check'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
  const list = /run npm run generate: (.*)/.exec(stderr)?.[1] ?? '';
  return { code: status, stale: list.split(', ').filter((file) => file !== '') };
}

it('a generated file that was edited fails the check, which names it', () => {
  const edited = [
    'manifests/crds/sluice.yaml',
    'manifests/schemas/changewindow-v1alpha1.json',
    'manifests/chart/crds/flagger.yaml',
    'manifests/chart/values.schema.json',
    'manifests/chart/files/webhook-clusterrole.yaml',
  ];
  for (const file of edited) appendFileSync(join(copy, file), '\n');
  const { code, stale } = check();
  expect(code).toBe(1);
  expect(stale).toEqual(expect.arrayContaining(edited));
});

it('a right that only the base gets fails the check of the chart', () => {
  cpSync(join(ROOT, 'manifests'), join(copy, 'manifests'), { recursive: true });
  appendFileSync(
    join(copy, 'manifests/base/controller-rbac.yaml'),
    '---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: x}, rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}\n',
  );
  const { code, stale } = check();
  expect(code).toBe(1);
  expect(stale).toContain('manifests/chart/files/controller-role.yaml');
});
