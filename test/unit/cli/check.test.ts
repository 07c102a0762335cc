import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../../src/cli/check.ts';
import { runCommand } from '../../support/cli-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-check-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const policy = (name: string, expression: string): string => `apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: ${name}}
spec:
  remediation: use fewer
  standards: [{id: soc2-2017, controls: [CC8.1]}]
  validations:
    - {name: v, expression: '${expression}', message: 'too many <replicas>'}
`;
const binding = (
  name: string,
  action: string,
  more = '',
): string => `apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicyBinding
metadata: {name: ${name}-${action.toLowerCase()}}
spec: {policyName: ${name}, validationActions: [${action}]${more}}
`;
const thing = (name: string, replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec: {replicas: ${replicas}}
`;
const SMALL = file('policies/small.yaml', policy('small', 'object.spec.replicas <= 3'));
const WARN = file(
  'warn.yaml',
  `${policy('small', 'object.spec.replicas <= 3')}---\n${binding('small', 'Warn')}`,
);
const GOOD = file('good.yaml', thing('good', 2));
const BAD = file('manifests/bad.yaml', `# two\n---\n${thing('a', 2)}---\n${thing('b', 5)}`);

describe('exit codes', () => {
  const cases: [string, string[], number][] = [
    ['nothing is denied', ['-p', SMALL, GOOD], 0],
    ['something is', ['-p', SMALL, BAD], 1],
    ['a folder and a glob', ['-p', join(folder, 'policies'), join(folder, 'manif*/*.yaml')], 1],
    ['warnings', ['-p', WARN, BAD], 0],
    ['warnings, strictly', ['-p', WARN, BAD, '--strict'], 1],
    ['policies among the manifests', [SMALL, BAD], 1],
    ['an input that is not there, beside violations', ['-p', SMALL, BAD, 'nowhere.yaml'], 2],
    ['a policy that does not compile', ['-p', file('broken.yaml', policy('x', '1 +')), GOOD], 2],
    [
      'a policy with an unknown field',
      ['-p', file('typo.yaml', policy('x', 'true').replace('remediation', 'remedy')), GOOD],
      2,
    ],
  ];
  it.each(cases)('%s', async (_name, argv, code) => {
    expect((await runCommand(command, ...argv)).code).toBe(code);
  });

  const refused: [string, string[], string][] = [
    ['no policy', [GOOD], 'there is no policy'],
    ['an unknown format', ['-p', SMALL, '-o', 'xml', GOOD], 'known: text, json'],
    ['a time that is none', ['-p', SMALL, '--now', 'today', GOOD], '--now must be'],
  ];
  it.each(refused)('%s is refused', async (_name, argv, message) => {
    await expect(runCommand(command, ...argv)).rejects.toThrow(message);
  });
});

describe('input', () => {
  const broken: [string, string, string][] = [
    ['YAML with a bad place', 'a: 1\n---\nkind: Thing\nspec: {\n', ':5:1: '],
    ['a key twice', 'kind: A\nkind: B\n', ':2:1: duplicated mapping key'],
    [
      'no kind',
      'apiVersion: v1\nmetadata: {name: a}\n',
      ':1:1: is not a Kubernetes object: apiVersion or kind',
    ],
    ['no name', '\n\napiVersion: v1\nkind: A\n', ':3:1: has no metadata.name'],
    ['a list', '- a\n', ':1:1: is not a Kubernetes object but'],
    [
      'a broken item of a List',
      'apiVersion: v1\nkind: List\nitems: [{kind: A}]\n',
      ':1:1: items[0] is not a Kubernetes object',
    ],
  ];
  it.each(broken)('%s is named', async (name, text, message) => {
    const path = file(`broken/${name.replaceAll(' ', '-')}.yaml`, text);
    const { code, stderr } = await runCommand(command, '-p', SMALL, path);
    expect(code).toBe(2);
    expect(stderr).toContain(`${path}${message}`);
  });

  it('passes over what is for other tools in a folder, and says so', async () => {
    file('mixed/values.yaml', 'replicas: 3\n');
    file(
      'mixed/kustomization.yaml',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
    );
    file('mixed/thing.yaml', thing('a', 9));
    const { code, stderr } = await runCommand(command, '-p', SMALL, join(folder, 'mixed'));
    expect(code).toBe(1);
    expect(stderr).toContain('values.yaml:1:1: is not a Kubernetes object and is passed over');
  });

  it('does not take one policy for two', async () => {
    expect((await runCommand(command, '-p', SMALL, SMALL, GOOD)).code).toBe(0);
    const other = file('other.yaml', policy('small', 'object.spec.replicas <= 9'));
    const { code, stderr } = await runCommand(command, '-p', SMALL, '-p', other, GOOD);
    expect(code).toBe(2);
    expect(stderr).toContain('RolloutPolicy small: metadata.name: is defined twice, differently');
  });

  it('takes Lists apart, and reads yes and on as text', async () => {
    const items = [thing('a', 9), thing('b', 1)]
      .map((text) => text.replaceAll(/^/gm, '    ').replace('    ', '  - '))
      .join('\n');
    const path = file('list.yaml', `apiVersion: v1\nkind: List\nitems:\n${items}`);
    const { stdout } = await runCommand(command, '-p', SMALL, '-o', 'json', path);
    expect(JSON.parse(stdout)).toMatchObject({ summary: { objects: 2, denied: 1 } });
    const words = file(
      'words.yaml',
      thing('a', 1).replace('spec: {replicas: 1}', 'spec: {replicas: 1, a: yes, b: on}'),
    );
    const texts = file(
      'texts.yaml',
      policy('texts', 'object.spec.a == "yes" && object.spec.b == "on"'),
    );
    expect((await runCommand(command, '-p', texts, words)).code).toBe(0);
  });
});

describe('what is known offline', () => {
  it('says which policy has no binding', async () => {
    const { stderr } = await runCommand(command, '-p', SMALL, GOOD);
    expect(stderr).toContain('policy small has no binding and is applied with Deny');
  });

  it('finds namespaces and parameters among the files', async () => {
    const selected = file(
      'selected.yaml',
      [
        policy('params', 'object.spec.replicas <= int(params.data.max)').replace(
          'spec:',
          'spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}',
        ),
        binding(
          'params',
          'Deny',
          ', paramRef: {name: limits}, matchResources: {namespaceSelector: {matchLabels: {env: production}}}',
        ),
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits, namespace: shop}\ndata: {max: "4"}\n',
      ].join('---\n'),
    );
    const production = file(
      'ns.yaml',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: production}}\n',
    );
    expect((await runCommand(command, '-p', selected, BAD, production)).code).toBe(1);
    const { code, stderr } = await runCommand(command, '-p', selected, BAD);
    expect(code).toBe(0);
    expect(stderr).toContain('namespace shop is not among the manifests');
  });

  it('takes pasted ValidatingAdmissionPolicies', async () => {
    const vap = file(
      'vap.yaml',
      `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: v}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}
  validations: [{expression: 'object.spec.replicas <= 3'}]
`,
    );
    expect((await runCommand(command, '-p', vap, BAD)).code).toBe(1);
  });
});

describe('output', () => {
  const run = async (format: string): Promise<string> =>
    (await runCommand(command, '-p', SMALL, '-o', format, BAD)).stdout;

  it('text shows place, rule and remedy', async () => {
    expect(await run('text')).toBe(
      [
        `${BAD}:8: Deployment shop/b: deny`,
        '  error: small/v (binding small): too many <replicas>',
        '    to fix: use fewer',
        '2 objects, 1 denied, 0 with warnings',
        '',
      ].join('\n'),
    );
  });

  it('json and yaml hold the whole decision', async () => {
    const report: unknown = JSON.parse(await run('json'));
    expect(report).toMatchObject({
      kind: 'CheckReport',
      unbound: ['small'],
      results: [
        { name: 'a', verdict: 'allow' },
        { name: 'b', line: 8, verdict: 'deny', violations: [{ policy: 'small' }] },
      ],
    });
    expect(await run('yaml')).toContain('kind: CheckReport');
  });

  it('junit counts and escapes', async () => {
    const text = await run('junit');
    expect(text).toContain('<testsuites name="sluice check" tests="2" failures="1">');
    expect(text).toContain('<failure message="too many &lt;replicas&gt;" type="deny">');
  });

  it('sarif names rules and places', async () => {
    expect(JSON.parse(await run('sarif'))).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: { rules: [{ id: 'small/v', properties: { tags: ['soc2-2017/CC8.1'] } }] },
          },
          results: [
            {
              ruleId: 'small/v',
              ruleIndex: 0,
              level: 'error',
              locations: [{ physicalLocation: { region: { startLine: 8 } } }],
            },
          ],
        },
      ],
    });
  });

  it('github makes annotations', async () => {
    expect(await run('github')).toContain(
      `::error file=${BAD},line=8,title=small/v::Deployment shop/b: too many <replicas>`,
    );
  });

  it('markdown makes a table', async () => {
    expect(await run('markdown')).toContain(
      '| Deployment shop/b | error | small/v | too many &lt;replicas> | use fewer |',
    );
  });
});

describe('exceptions among the files', () => {
  const exception = (more = ''): string => `apiVersion: sluice.dev/v1alpha1
kind: PolicyException
metadata: {name: big, namespace: sluice-system}
spec:
  type: Exception
  policies: [{name: small, validations: [v]}]
  match: {names: [b]}
  reason: a sale
  expiresAt: '2026-06-01T00:00:00Z'${more}
`;
  const approval = (by: string): string => `apiVersion: sluice.dev/v1alpha1
kind: Approval
metadata: {name: by-${by}, namespace: sluice-system}
spec:
  subject: {kind: PolicyException, name: big, uid: whichever}
  action: Approve
  approver: {username: ${by}}
`;
  const bob = '\n  requestedBy: {username: bob}';
  const run = (text: string, ...args: string[]) =>
    runCommand(
      command,
      '--policy',
      SMALL,
      '--now',
      '2026-05-01T00:00:00Z',
      ...args,
      BAD,
      file('exceptions.yaml', text),
    );

  it.each<[name: string, text: string, args: string[], code: number]>([
    ['that nobody approved', exception(bob), [], 1],
    ['that another person approved', `${exception(bob)}---\n${approval('ada')}`, [], 0],
    ['that the one who asked approved', `${exception(bob)}---\n${approval('bob')}`, [], 1],
    ['of whom is not known', `${exception()}---\n${approval('ada')}`, [], 1],
    ['that are taken for approved', exception(), ['--assume-approved'], 0],
    ['that have ended', exception(), ['--assume-approved', '--now', '2026-07-01T00:00:00Z'], 1],
  ])('%s', async (_name, text, args, code) => {
    expect((await run(text, ...args)).code).toBe(code);
  });

  it('say why they count for nothing, and show as records when they do', async () => {
    const idle = await run(exception(bob));
    expect(idle.stderr).toContain(
      'note: exception sluice-system/big is not in force: no approvals of it are among the files',
    );
    const counted = await run(exception(), '--assume-approved', '-o', 'json');
    expect(counted.stderr).not.toContain('not in force');
    expect(counted.stdout).toContain('"exception": "sluice-system/big"');
    expect(counted.stdout).not.toContain('PolicyException');
  });

  it('of other namespaces count where they may', async () => {
    const own = exception().replace('namespace: sluice-system', 'namespace: shop');
    expect((await run(own, '--assume-approved')).code).toBe(1);
    expect((await run(own, '--assume-approved', '--exception-namespaces', 'a, shop')).code).toBe(0);
    expect((await run(own, '--assume-approved', '--sluice-namespace', 'shop')).code).toBe(0);
  });
});
