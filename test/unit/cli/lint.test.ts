import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../../src/cli/lint.ts';
import { runCommand } from '../../support/cli-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-lint-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
function file(text: string, name = `${++files}.yaml`): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

interface Found {
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly severity: string;
}

/** Findings of a text in which `¦` marks the place of one; without notes. */
async function lint(text: string, ...options: string[]) {
  const path = file(text.replace('¦', ''));
  const { code, stdout, stderr } = await runCommand(command, '-o', 'json', ...options, path);
  const { findings } = JSON.parse(stdout) as { findings: Found[] };
  return { code, stderr, findings: findings.filter(({ severity }) => severity !== 'info') };
}

function placeOf(text: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf('¦'));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

const HEAD = `apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicy
metadata: { name: p }
`;
const BINDING = `---
apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicyBinding
metadata: { name: b }
spec: { policyName: p, validationActions: [Deny] }
`;
const policy = (spec: string): string => `${HEAD}spec:\n  remediation: do it\n${spec}${BINDING}`;
const validation = (expression: string): string =>
  policy(`  validations:\n    - message: m\n      expression: ${expression}\n`);
const schema = (expression: string): string =>
  validation(expression).replace(
    '  validations:',
    '  paramsSchema: { type: object, properties: { max: { type: integer } } }\n  validations:',
  );
const window = (spec: string): string => `apiVersion: sluice.dev/v1alpha1
kind: ChangeWindow
metadata: { name: w, namespace: x }
spec: ${spec}
`;

describe('one finding, at its place', () => {
  const cases: [string, string, string][] = [
    [
      'a field that nobody knows',
      'SL1003',
      policy('  ¦titel: x\n  validations: [{expression: "true", message: m}]\n'),
    ],
    ['a field at the top', 'SL1003', `¦specs: {}\n${validation('"true"')}`],
    ['a number for a text', 'SL1004', validation('¦3')],
    ['a missing field', 'SL1005', policy('  validations:\n    - ¦message: m\n')],
    [
      'an empty name and no spec',
      'SL1005',
      'apiVersion: sluice.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: ¦"", annotations: {sluice.dev/lint-ignore: SL5001}}\n',
    ],
    [
      'an unknown value',
      'SL1006',
      policy('  severity: ¦hgh\n  validations: [{expression: "true", message: m}]\n'),
    ],
    [
      'a name',
      'SL1006',
      validation('"true"')
        .replace('name: p }', 'name: ¦P_ }')
        .replace('policyName: p', 'policyName: P_'),
    ],
    [
      'an unknown kind',
      'SL1007',
      'apiVersion: sluice.dev/v1alpha1\nkind: ¦RoloutPolicy\nmetadata: {name: a}\n',
    ],
    [
      'another version',
      'SL1007',
      validation('"true"').replace('sluice.dev/v1alpha1', '¦sluice.dev/v1'),
    ],
    ['syntax, folded', 'SL2001', validation('>-\n        object.a ==\n\n        2 ¦) 3')],
    ['syntax, literal', 'SL2001', validation('|\n        object.a ==\n          2 ¦) 3')],
    ['syntax, double quotes', 'SL2001', validation('"\\"\\u0061\\" == object.a ¦) 3"')],
    ['syntax, single quotes', 'SL2001', validation("'object.a == ''x'' ¦) 3'")],
    ['syntax, plain over lines', 'SL2001', validation('object.a ==\n        1 ¦) 3')],
    [
      'an unknown variable',
      'SL2002',
      validation('>-\n        object.a == 1 &&\n        ¦objekt.b == 2'),
    ],
    ['an unknown member of variables', 'SL2002', validation('variables¦.x == 1')],
    ['types', 'SL2003', validation('size("a") ¦== "a"')],
    ['another result', 'SL2004', validation("¦size('a')")],
    ['a constant', 'SL2005', validation("object.a.matches(¦'(')")],
    [
      'the result of a mutation',
      'SL2004',
      policy(
        '  mutations:\n    - patchType: ApplyConfiguration\n      applyConfiguration: { expression: "¦{}" }\n',
      ),
    ],
    ['a new function', 'SL2007', validation('object.a || [1].includes¦(1)')],
    [
      'a variable without use',
      'SL2008',
      policy(
        '  variables:\n    - { name: ¦x, expression: "1" }\n  validations: [{expression: object.a == 1, message: m}]\n',
      ),
    ],
    ['a pattern', 'SL2009', validation("object.a.matches(¦'a^')")],
    [
      'a field that the kind does not have',
      'SL2010',
      policy(
        '  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], resources: [statefulsets], operations: [UPDATE]}]}\n  validations:\n    - {message: m, expression: object.spec¦.replicaz > 1}\n',
      ),
    ],
    [
      'a field that rollout does not have',
      'SL2011',
      policy(
        '  evaluateAt: [Promotion]\n  validations:\n    - {message: m, expression: rollout¦.fromWeigth > 1}\n',
      ),
    ],
    [
      'the old object at a gate',
      'SL3004',
      policy(
        '  evaluateAt: [Admission, Promotion]\n  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], resources: [statefulsets], operations: [UPDATE]}]}\n  validations:\n    - {message: m, expression: request.operation != "UPDATE" || ¦oldObject.spec.replicas == object.spec.replicas}\n',
      ),
    ],
    ['rollout', 'SL3001', validation('object.a && ¦rollout.toWeight > 3')],
    [
      'a deletion',
      'SL3002',
      policy(
        '  matchConstraints: {resourceRules: [{apiGroups: [flagger.app], apiVersions: ["*"], resources: [canaries], operations: ["*"]}]}\n  validations:\n    - {message: m, expression: ¦object.metadata.name != ""}\n',
      ),
    ],
    [
      'a deletion that is denied',
      'SL3003',
      policy(
        '  matchConstraints: {resourceRules: [{apiGroups: [flagger.app], apiVersions: ["*"], resources: [canaries], operations: ["*"]}]}\n  validations:\n    - {message: m, expression: ¦request.operation != "DELETE"}\n',
      ),
    ],
    [
      'a rule',
      'SL4001',
      window('{type: Deny, schedule: {rrule: ¦FREQ=SOMETIMES, durationMinutes: 5, timeZone: UTC}}'),
    ],
    [
      'a zone',
      'SL4001',
      window(
        '{type: Deny, schedule: {rrule: FREQ=DAILY, durationMinutes: 5, timeZone: ¦Mars/Olympus}}',
      ),
    ],
    [
      'two schedules',
      'SL4001',
      window(
        "{type: Deny, ¦schedule: {from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z', timeZone: UTC}}",
      ),
    ],
    [
      'no schedule',
      'SL4001',
      window('{type: Deny, ¦schedule: {durationMinutes: 5, timeZone: UTC}}'),
    ],
    [
      'a day that never comes',
      'SL4002',
      window(
        '{type: Allow, ¦schedule: {rrule: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30, durationMinutes: 5, timeZone: UTC}}',
      ),
    ],
    [
      'a window that never opens',
      'SL4002',
      window(
        "{type: Allow, ¦schedule: {from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z'}}",
      ),
    ],
    [
      'a window that never ends',
      'SL4002',
      window('{type: Deny, ¦schedule: {rrule: FREQ=DAILY, durationMinutes: 1440, timeZone: UTC}}'),
    ],
    [
      'no binding',
      'SL5001',
      validation('"true"').replace(BINDING, '').replace('name: p', 'name: ¦p'),
    ],
    [
      'no policy',
      'SL5002',
      `${validation('"true"')}${BINDING.replace('name: b ', 'name: c ').replace('policyName: p', 'policyName: ¦q')}`,
    ],
    ['actions', 'SL5003', validation('"true"').replace('[Deny]', '¦[Deny, Warn, Audit]')],
    [
      'no moment',
      'SL5004',
      validation('"true"').replace('[Deny] }', '[Deny], evaluateAt: ¦[Promotion] }'),
    ],
    [
      'params that the schema does not have',
      'SL5005',
      schema('params.max > 1').replace('[Deny] }', '[Deny], params: { ¦maks: 1 } }'),
    ],
    [
      'params of another type',
      'SL5005',
      schema('params.max > 1').replace('[Deny] }', '[Deny], params: { max: ¦x } }'),
    ],
    ['a field that no params have', 'SL2012', schema('params¦.maks > 1')],
    [
      'a control that its framework does not have',
      'SL6004',
      validation('"true"').replace(
        'spec:',
        'spec:\n  standards: [{id: soc2-2017, controls: [CC8.1, ¦CC81]}]',
      ),
    ],
    ['no message', 'SL6001', policy('  validations:\n    - ¦expression: object.a == 1\n')],
  ];
  it.each(cases)('%s: %s', async (_name, code, text) => {
    const { findings } = await lint(text, '--now', '2026-01-01T00:00:00Z');
    expect(findings.map((found) => found.code)).toEqual([code]);
    expect(findings[0]).toMatchObject(placeOf(text));
  });

  it('in a list', async () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: sluice.dev/v1alpha1\n    kind: RolloutPolicy\n    metadata: {name: p}\n    spec: {remediation: r, validations: [{message: m, expression: "object.a ¦) 1"}]}\n';
    const { findings } = await lint(text, '--ignore', 'SL5001');
    expect(findings).toMatchObject([{ code: 'SL2001', ...placeOf(text) }]);
  });

  it('names what was probably meant', async () => {
    const { findings } = await lint(
      policy('  validation: []\n  validations: [{expression: objct.a, mesage: m, message: m}]\n'),
    );
    expect(findings.map(({ message }) => /did you mean \w+/.exec(message)?.[0])).toEqual([
      'did you mean validations',
      'did you mean object',
      'did you mean message',
    ]);
  });
});

describe('nothing', () => {
  const cases: [string, string][] = [
    ['a sound policy', validation('object.a == 1')],
    ['a guard before', validation('rollout != null && rollout.toWeight > 1')],
    ['a guard behind', validation('rollout.toWeight > 1 || rollout == null')],
    ['another tool', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'],
    [
      'a window to come',
      window("{type: Deny, schedule: {from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z'}}"),
    ],
    [
      'what is ignored',
      `${HEAD.replace('name: p', 'name: p, annotations: {sluice.dev/lint-ignore: "SL5001, SL6003"}')}spec: {validations: [{expression: object.a == 1, message: m}]}\n`,
    ],
  ];
  it.each(cases)('%s', async (_name, text) => {
    expect((await lint(text, '--now', '2026-01-01T00:00:00Z')).findings).toEqual([]);
  });
});

describe('exit codes', () => {
  const SOUND = file(validation('object.a == 1'), 'sound/policy.yaml');
  const BROKEN = file(validation('object.a ='), 'broken.yaml');
  const WARNED = file(validation('object.a == 1').replace(BINDING, ''), 'warned.yaml');
  const MALFORMED = file('a: [1\nb: }', 'malformed.yaml');
  const cases: [string, string[], number][] = [
    ['nothing', [SOUND], 0],
    ['an error', [BROKEN], 1],
    ['a warning', [WARNED], 0],
    ['a warning, strictly', ['--strict', WARNED], 1],
    ['malformed YAML', [MALFORMED], 1],
    ['no such file', [SOUND, 'nowhere.yaml'], 2],
    ['nothing to lint', [file('a: 1', 'none/values.yaml').replace('/values.yaml', '')], 2],
  ];
  it.each(cases)('%s', async (_name, args, code) => {
    expect((await runCommand(command, ...args)).code).toBe(code);
  });

  it.each([
    [['-o', 'xml', SOUND], 'unknown format xml; known: text, json'],
    [['--ignore', 'SL9', SOUND], 'unknown code SL9; known: SL1001'],
    [['--now', 'today', SOUND], '--now must be'],
  ])('%j is refused', async (args, message) => {
    await expect(runCommand(command, ...args)).rejects.toThrow(message);
  });

  it('goes on after malformed YAML', async () => {
    const { stdout } = await runCommand(command, MALFORMED, BROKEN);
    expect(stdout).toContain('malformed.yaml:2:1: error SL1001: ');
    expect(stdout).toContain('error SL2001');
  });

  it('takes a file that is named twice once', async () => {
    const { stdout } = await runCommand(command, SOUND, join(folder, 'sound'), SOUND);
    expect(stdout).toContain('2 objects in 1 file: 0 errors, 0 warnings, 1 note\n');
  });
});

describe('between files', () => {
  it('two policies of a name', async () => {
    const [a, b] = [file(validation('object.a == 1')), file(validation('object.b == 1'))];
    const { stdout } = await runCommand(command, a, b);
    expect(stdout).toMatch(/error SL1008: RolloutPolicy p is defined differently at .*:1 /);
  });

  it('tests beside a policy', async () => {
    const own = file(validation('object.a == 1'), 'tested/policy.yaml');
    file('tests: []\n', 'tested/tests.yaml');
    expect((await runCommand(command, own)).stdout).toContain(
      '2 objects in 1 file: 0 errors, 0 warnings, 0 notes',
    );
  });

  it('malformed tests', async () => {
    const own = file(
      'tests:\n  - name: a\n    object: {}\n    expect: {verdict: yes}\n',
      'bad/tests.yaml',
    );
    const { code, stdout } = await runCommand(command, own);
    expect(code).toBe(1);
    expect(stdout).toContain('tests.yaml:4:23: error SL1009: tests[0].expect.verdict is unknown');
  });
});

describe('formats', () => {
  const path = file(validation('object.a =='), 'formats.yaml');
  it('sarif', async () => {
    const { stdout } = await runCommand(command, '-o', 'sarif', path);
    const { runs } = JSON.parse(stdout) as {
      runs: [
        {
          columnKind: string;
          results: {
            ruleId: string;
            level: string;
            locations: { physicalLocation: { region: object } }[];
          }[];
        },
      ];
    };
    expect(runs[0].columnKind).toBe('utf16CodeUnits');
    const [result] = runs[0].results.filter(({ level }) => level === 'error');
    expect(result?.ruleId).toBe('SL2001');
    expect(result?.locations[0]?.physicalLocation.region).toMatchObject({
      startLine: 8,
      startColumn: 30,
    });
  });
  it('github', async () => {
    const { stdout } = await runCommand(command, '-o', 'github', path);
    expect(stdout).toMatch(
      /^::error file=.*formats\.yaml,line=8,endLine=8,col=30,title=SL2001%3A syntax error::Syntax error/m,
    );
  });
  it('junit', async () => {
    const { stdout } = await runCommand(command, '-o', 'junit', path);
    expect(stdout).toContain('failures="1"');
    expect(stdout).toContain('type="SL2001"');
  });
});

describe('the schemas of kinds', () => {
  const widget = (expression: string): string =>
    policy(
      `  matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v1], resources: [widgets], operations: [CREATE]}]}\n  validations:\n    - {message: m, expression: ${expression}}\n`,
    );
  const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
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
          properties:
            spec:
              type: object
              properties:
                size: {type: integer}
                when: {type: string, format: date-time}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

  it('come from --crds, too', async () => {
    const definition = file(DEFINITION);
    expect((await lint(widget('object.spec.sise > 1'))).findings).toEqual([]);
    const { findings } = await lint(widget('object.spec.sise > 1'), '--crds', definition);
    expect(findings).toMatchObject([
      {
        code: 'SL2010',
        message: "for example.com/v1, Kind=Widget: undefined field 'sise'; did you mean size?",
      },
    ]);
  });

  it.each([
    'object.spec.free.anything == 1',
    'object.spec.size == null',
    "object.spec.when == '2024-01-01T00:00:00Z'",
    "'size' in object.spec",
    "object.spec['size'] > 1",
    "object.metadata.labels['a'] == 'b'",
  ])('take what may be right at run time: %s', async (expression) => {
    const text = widget(JSON.stringify(expression));
    expect((await lint(text, '--crds', file(DEFINITION))).findings).toEqual([]);
  });

  it('are not asked when the rules may match other kinds', async () => {
    const text = widget('object.spec.sise > 1').replace('resources: [widgets]', 'resources: ["*"]');
    expect((await lint(text, '--crds', file(DEFINITION))).findings).toEqual([]);
  });

  it('must be there when --crds names a file', async () => {
    await expect(lint(widget('object.spec.sise > 1'), '--crds', 'nowhere')).rejects.toMatchObject({
      code: 'SLUICE_INPUT',
    });
    await expect(lint(widget('true'), '--crds', file(BINDING))).rejects.toMatchObject({
      code: 'SLUICE_INPUT',
    });
  });
});
