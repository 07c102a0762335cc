import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { command as check } from '../../../src/cli/check.ts';
import { command as test } from '../../../src/cli/test.ts';
import { runCommand } from '../../support/cli-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-crds-option-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const DEFINITION = file(
  'crd.yaml',
  `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer}}}}
`,
);
const WIDGET = file(
  'widget.yaml',
  'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: x}\nspec: {}\n',
);
const POLICY = file(
  'policy.yaml',
  `apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: sized}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [example.com], apiVersions: [v1], resources: [widgets], operations: [CREATE]}
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration: {expression: 'Object{spec: Object.spec{size: 3}}'}
---
apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicyBinding
metadata: {name: sized}
spec: {policyName: sized, validationActions: [Deny]}
`,
);
const TESTS = file(
  'tests.yaml',
  'tests:\n  - name: gives a size\n    objectFile: widget.yaml\n    expect: {verdict: allow}\n',
);

describe.each([
  ['check', check, ['-p', POLICY, WIDGET]],
  ['test', test, [TESTS]],
])('sluice %s --crds', (_name, command, args) => {
  it('knows the kinds that it defines', async () => {
    expect((await runCommand(command, ...args)).code).toBe(1);
    expect((await runCommand(command, ...args, '--crds', DEFINITION)).code).toBe(0);
  });

  it.each(['nowhere.yaml', WIDGET])('refuses %s', async (path) => {
    await expect(runCommand(command, ...args, '--crds', path)).rejects.toMatchObject({
      code: 'SLUICE_INPUT',
    });
  });
});
