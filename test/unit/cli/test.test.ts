import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../../src/cli/test.ts';
import { runCommand } from '../../support/cli-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const POLICY = `apiVersion: sluice.dev/v1alpha1
kind: RolloutPolicy
metadata: { name: small }
spec:
  variables:
    - name: limit
      expression: 'has(object.spec.limit) ? object.spec.limit : 3'
  validations:
    - name: few
      message: too many
      expression: >-
        object.spec.replicas == 0 ||
        object.spec.replicas <= variables.limit
`;
const thing = (spec: string): string =>
  `{apiVersion: v1, kind: Thing, metadata: {name: a}, spec: ${spec}}`;
const test = (name: string, spec: string, verdict: string): string =>
  `  - {name: ${name}, object: ${thing(spec)}, expect: {verdict: ${verdict}}}\n`;

file('good/policy.yaml', POLICY);
const GOOD = file('good/tests.yaml', `tests:\n${test('two', '{replicas: 2}', 'allow')}`);
file('bad/policy.yaml', POLICY);
const BAD = file(
  'bad/more.tests.yaml',
  `tests:\n${test('two', '{replicas: 2}', 'allow')}${test('nine', '{replicas: 9}', 'allow')}`,
);
const EMPTY = file('empty/tests.yaml', 'tests: []\n');
file('empty/policy.yaml', POLICY);
mkdirSync(join(folder, 'nothing'));

describe('exit codes', () => {
  const cases: [string, string[], number][] = [
    ['all pass', [GOOD], 0],
    ['a folder', [join(folder, 'good')], 0],
    ['a glob', [join(folder, 'g*/tests.yaml')], 0],
    ['one fails', [GOOD, BAD], 1],
    ['no case', [EMPTY], 1],
    ['no file in a folder', [join(folder, 'nothing')], 1],
    ['no such file', [GOOD, 'nowhere.yaml'], 2],
    ['malformed YAML', [GOOD, file('m/tests.yaml', 'tests: [')], 2],
    ['an unknown key', [file('k/tests.yaml', 'test: []')], 2],
    ['no policy', [file('p/tests.yaml', `tests:\n${test('a', '{}', 'allow')}`)], 2],
    ['two documents', [file('d/tests.yaml', 'tests: []\n---\ntests: []')], 2],
    ['coverage that is enough', [GOOD, '--coverage-min', '50'], 0],
    ['coverage that is not', [GOOD, '--coverage-min', '90'], 1],
  ];
  it.each(cases)('%s', async (_name, args, code) => {
    expect((await runCommand(command, ...args)).code).toBe(code);
  });

  it.each([
    [['-o', 'xml', GOOD], 'unknown format xml; known: text, json, junit'],
    [['--coverage-min', '101', GOOD], '--coverage-min must be a number from 0 to 100'],
    [['--coverage-min', 'all', GOOD], '--coverage-min must be a number from 0 to 100'],
  ])('%j is refused', async (args, message) => {
    await expect(runCommand(command, ...args)).rejects.toThrow(message);
  });
});

describe('text', () => {
  it('shows what was expected and what came, and ends with the counts', async () => {
    const { stdout } = await runCommand(command, GOOD, BAD);
    expect(stdout.replaceAll(`${folder}/`, '')).toBe(`ok    good/tests.yaml (1 case)
FAIL  bad/more.tests.yaml (2 cases)
  FAIL  nine (bad/more.tests.yaml:3)
        verdict: expected allow, got deny
          got small/few: too many
2 passed, 1 failed
`);
  });

  it('names every case when asked', async () => {
    expect((await runCommand(command, '-v', GOOD)).stdout).toContain('  ok    two\n');
  });

  it('names the file that cannot be used', async () => {
    const { stderr } = await runCommand(command, join(folder, 'p/tests.yaml'));
    expect(stderr.replaceAll(`${folder}/`, '')).toBe(
      'error: p/tests.yaml: p/policy.yaml cannot be read (ENOENT)\nerror: no case was found\n',
    );
  });

  it('marks branches in the source', async () => {
    const { stdout } = await runCommand(command, '--coverage', GOOD);
    expect(stdout.replaceAll(`${folder}/`, '')).toBe(`ok    good/tests.yaml (1 case)
coverage of small (good/policy.yaml): 4 of 8 outcomes, 50.0 %
  spec.variables[0].expression
   7 |       expression: 'has(object.spec.limit) ? object.spec.limit : 3'
     |                    ^ condition: never true, false 1
  spec.validations[0].expression
  12 |         object.spec.replicas == 0 ||
     |         ^ result: true 1, never false
     |         ^ operand: never true, false 1
  13 |         object.spec.replicas <= variables.limit
     |         ^ operand: true 1, never false
coverage: 4 of 8 outcomes, 50.0 %
1 passed, 0 failed
`);
  });

  it('adds up what several files reach of one policy', async () => {
    const more = file(
      'good/more.tests.yaml',
      `tests:\n${test('zero', '{replicas: 0}', 'allow')}${test('limit', '{replicas: 5, limit: 4}', 'deny')}`,
    );
    const { stdout } = await runCommand(command, '--coverage', GOOD, more);
    expect(stdout).toContain('\ncoverage: 8 of 8 outcomes, 100.0 %\n');
  });
});

describe('other formats', () => {
  it('json', async () => {
    const { stdout } = await runCommand(command, '-o', 'json', '--coverage', BAD);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'TestReport',
      summary: { files: 1, passed: 1, failed: 1 },
      files: [
        {
          cases: [
            { name: 'two', ok: true },
            { name: 'nine', ok: false, verdict: 'deny', line: 3 },
          ],
        },
      ],
      coverage: { policies: [{ name: 'small', total: 8 }] },
    });
  });

  it('junit', async () => {
    const { stdout } = await runCommand(command, '-o', 'junit', BAD);
    expect(stdout).toContain('<testsuites name="sluice test" tests="2" failures="1">');
    expect(stdout).toContain('<failure message="verdict: expected allow, got deny">');
  });
});
