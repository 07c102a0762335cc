import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../../../src/cli/lint.ts';
import { runCommand } from '../../../support/cli-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-lint-governance-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Found {
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly severity: string;
}

let files = 0;
/** Findings of a text in which `¦` marks the place of one. */
async function lint(text: string, ...options: string[]): Promise<readonly Found[]> {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, text.replace('¦', ''));
  const time = ['--now', '2026-01-01T00:00:00Z'];
  const { stdout } = await runCommand(command, '-o', 'json', ...time, ...options, path);
  const { findings } = JSON.parse(stdout) as { findings: Found[] };
  return findings.filter(({ severity }) => severity !== 'info');
}

function placeOf(text: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf('¦'));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

const object = (kind: string, spec: string): string =>
  `apiVersion: sluice.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: a, namespace: sluice-system}\nspec:\n${spec}`;
const EXCEPTION = object(
  'PolicyException',
  `  type: Exception
  policies: [{name: p}]
  reason: the migration
  expiresAt: '2026-01-10T00:00:00Z'
`,
);
const EMERGENCY = EXCEPTION.replace('type: Exception', 'type: Emergency').replace(
  '10T00:00',
  '01T03:00',
);
const BUDGET = object('RolloutBudget', '  maxConcurrent: 2\n');
const APPROVAL = object(
  'Approval',
  `  subject: {kind: RolloutRun, name: r, uid: u}
  action: Approve
  scope: {maxWeight: 50}
`,
);
const policy = (more: string): string => `---
apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: p}
spec:
  remediation: do it
${more}  validations: [{name: steps, message: m, expression: object.a == 1}]
---
apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicyBinding
metadata: {name: b}
spec: {policyName: p, validationActions: [Deny]}
`;

describe('nothing', () => {
  it.each([
    ['an exception', EXCEPTION],
    ['an emergency', `${EMERGENCY}  reviewWithin: 12h\n`],
    [
      'an exception whose namespace is given later',
      EXCEPTION.replace(', namespace: sluice-system', ''),
    ],
    ['a condition', `${EXCEPTION}  match: {conditions: [{name: c, expression: object.a == 1}]}\n`],
    ['a budget', BUDGET],
    ['a budget with a selector', `${BUDGET}  selector: {matchLabels: {tier: web}}\n`],
    ['an approval', APPROVAL],
    [
      'a rejection of an exception',
      APPROVAL.replace('RolloutRun', 'PolicyException').replace(
        'action: Approve\n  scope: {maxWeight: 50}',
        'action: Reject',
      ),
    ],
    ['an emergency and its policy', `${EMERGENCY}${policy('  emergency: Allowed\n')}`],
    [
      'a validation by name and index',
      `${EXCEPTION.replace('{name: p}', '{name: p, validations: [steps, "0"]}')}${policy('')}`,
    ],
  ])('%s', async (_name, text) => {
    expect(await lint(text)).toEqual([]);
  });
});

describe('one finding, at its place', () => {
  const cases: [string, string, string][] = [
    ['a field that nobody knows', 'SL1003', `${EXCEPTION}  ¦tickett: x\n`],
    ['a number for a text', 'SL1004', EXCEPTION.replace('the migration', '¦3')],
    ['a missing field', 'SL1005', EXCEPTION.replace('spec:\n  type: Exception', '¦spec:')],
    ['a limit of nothing', 'SL1006', BUDGET.replace('2\n', '¦0\n')],
    ['too much weight', 'SL1006', APPROVAL.replace('50', '¦101')],
    ['an action that nobody knows', 'SL1006', APPROVAL.replace('Approve', '¦Aprove')],
    ['no time', 'SL1006', EXCEPTION.replace("'2026-01-10T00:00:00Z'", '¦tomorrow')],
    ['no time of an approval', 'SL1006', `${APPROVAL}  expiresAt: ¦soon\n`],
    ['a blank reason', 'SL7001', EXCEPTION.replace('the migration', '¦" "')],
    ['a review of what is no emergency', 'SL7001', `${EXCEPTION}  reviewWithin: ¦1h\n`],
    ['an exception for ever', 'SL7002', EXCEPTION.replace("'2026-01-10", "¦'2027-01-10")],
    ['an emergency of a day', 'SL7002', EMERGENCY.replace("'2026-01-01", "¦'2026-01-02")],
    ['a review that can wait', 'SL7002', `${EMERGENCY}  reviewWithin: ¦25h\n`],
    ['an exception that is over', 'SL7003', EXCEPTION.replace("'2026-01-10", "¦'2025-01-10")],
    ['an approval that is over', 'SL7003', `${APPROVAL}  expiresAt: ¦'2025-01-01T00:00:00Z'\n`],
    ['another policy', 'SL7004', `${EXCEPTION.replace('name: p}', 'name: ¦q}')}${policy('')}`],
    [
      'another validation',
      'SL7004',
      `${EXCEPTION.replace('{name: p}', '{name: p, validations: [¦step]}')}${policy('')}`,
    ],
    ['no emergency', 'SL7005', `${EMERGENCY.replace('name: p}', 'name: ¦p}')}${policy('')}`],
    [
      'an emergency that is forbidden',
      'SL7005',
      `${EMERGENCY.replace('name: p}', 'name: ¦p}')}${policy('  emergency: Forbidden\n')}`,
    ],
    ['who asked', 'SL7006', `${EXCEPTION}  ¦requestedBy: {username: eve}\n`],
    ['who approved', 'SL7006', `${APPROVAL}  ¦approver: {username: eve}\n`],
    [
      'another namespace',
      'SL7007',
      EXCEPTION.replace('namespace: sluice-system', 'namespace: ¦shop'),
    ],
    ['no limit', 'SL7008', BUDGET.replace('spec:\n  maxConcurrent: 2', '¦spec:\n  order: Oldest')],
    [
      'a selector of a budget',
      'SL7009',
      `${BUDGET}  ¦selector: {matchExpressions: [{key: a, operator: In}]}\n`,
    ],
    [
      'a selector of an exception',
      'SL7009',
      `${EXCEPTION}  match:\n    ¦objectSelector: {matchLabels: {"a b": c}}\n`,
    ],
    [
      'to promote an exception',
      'SL7010',
      APPROVAL.replace('RolloutRun', 'PolicyException').replace(
        'action: Approve\n  scope: {maxWeight: 50}',
        'action: ¦Promote',
      ),
    ],
    [
      'a scope of a rejection',
      'SL7010',
      APPROVAL.replace('action: Approve\n  scope', 'action: Reject\n  ¦scope'),
    ],
  ];
  it.each(cases)('%s: %s', async (_name, code, text) => {
    const findings = await lint(text);
    expect(findings.map((found) => found.code)).toEqual([code]);
    expect(findings[0]).toMatchObject(placeOf(text));
  });

  it.each([
    ['SL2001', 'object.a ==\n            2 ¦) 3'],
    ['SL2002', '¦objekt.a == 1'],
    ['SL2002', '¦params.a == 1'],
    ['SL2003', 'size("a") ¦== "a"'],
    ['SL2004', '¦size("a")'],
    ['SL2005', 'object.a.matches(¦"(")'],
    ['SL2007', 'object.a || [1].includes¦(1)'],
  ])('a condition: %s', async (code, expression) => {
    const text = `${EXCEPTION}  match:\n    conditions:\n      - name: c\n        expression: |-\n            ${expression}\n`;
    const findings = await lint(text);
    expect(findings.map((found) => found.code)).toEqual([code]);
    expect(findings[0]).toMatchObject(placeOf(text));
  });
});

describe('what the cluster allows', () => {
  it.each([
    [
      'longer exceptions',
      EXCEPTION.replace('2026-01-10', '2026-12-10'),
      ['--max-exception', '9000h'],
    ],
    [
      'longer emergencies',
      EMERGENCY.replace('2026-01-01', '2026-01-02'),
      ['--max-emergency', '48h'],
    ],
    ['later reviews', `${EMERGENCY}  reviewWithin: 72h\n`, ['--emergency-review-within', '72h']],
    [
      'a namespace',
      EXCEPTION.replace('sluice-system', 'shop'),
      ['--exception-namespaces', 'a, shop'],
    ],
    [
      'every namespace',
      EXCEPTION.replace('sluice-system', 'shop'),
      ['--exception-namespaces', '*'],
    ],
    ['another home', EXCEPTION.replace('sluice-system', 'guard'), ['--sluice-namespace', 'guard']],
  ])('%s', async (_name, text, options) => {
    expect(await lint(text)).toHaveLength(1);
    expect(await lint(text, ...options)).toEqual([]);
  });

  it.each(['--max-exception', '--max-emergency', '--emergency-review-within'])(
    '%s must be a duration',
    async (option) => {
      await expect(lint(EXCEPTION, option, 'long')).rejects.toMatchObject({
        code: 'SLUICE_INPUT',
        message: expect.stringContaining(`${option} must be a duration`) as string,
      });
    },
  );

  it('names what was probably meant', async () => {
    const [found] = await lint(
      `${EXCEPTION.replace('{name: p}', '{name: p, validations: [step]}')}${policy('')}`,
    );
    expect(found?.message).toBe('policy p has no validation step; did you mean steps?');
  });

  it('is not asked of a broken object', async () => {
    const findings = await lint(EXCEPTION.replace("'2026-01-10T00:00:00Z'", '{a: 1}'));
    expect(findings.map(({ code }) => code)).toEqual(['SL1004']);
  });
});
