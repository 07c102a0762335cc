import { expect, it } from 'vitest';
import { readDeclarations, type Declaration } from '../../golden/declarations.ts';
import type { Difference, RecordedFile } from '../../golden/difference.ts';
import { judge, tooWide, type Compared } from '../../golden/judge.ts';
import { matchesPattern } from '../../golden/path-pattern.ts';

const REASON = 'a reason of more than twenty characters';
const FACTS = { isStuck: false, isUnanswered: false, isWaiting: false };

function run(paths: readonly (readonly [RecordedFile, string])[], facts = FACTS): Compared {
  const differences = paths.map(([file, path]): Difference => ({
    file,
    path,
    golden: 'a',
    ours: 'b',
  }));
  return { scenario: 'one', facts, differences };
}

function declaration(file: RecordedFile, path: string, scenarios = ['one']): Declaration {
  return { file, path, scenarios, reason: REASON };
}

function problems(compared: Compared, ...declarations: Declaration[]): string[] {
  const verdict = judge([compared], declarations, true);
  const undeclared = [...verdict.undeclared.values()]
    .flat()
    .map(({ path }) => `undeclared ${path}`);
  return [...undeclared, ...verdict.problems.map((text) => text.replace(/^.*?\): /, ''))];
}

it('a declared difference is allowed, another is not', () => {
  const path = 'end Service/podinfo metadata.labels.app';
  const other = 'end Service/podinfo metadata.labels.name';
  const compared = run([
    ['objects.yaml', path],
    ['objects.yaml', other],
  ]);
  expect(problems(compared, declaration('objects.yaml', path))).toEqual([`undeclared ${other}`]);
  expect(
    problems(compared, declaration('objects.yaml', '* Service/podinfo metadata.labels.*')),
  ).toEqual([]);
});

it('an entry that nothing needs is a problem, in each scenario that it names', () => {
  const entry = declaration('objects.yaml', 'end Service/podinfo spec.x', ['one', 'two']);
  const compared = run([['objects.yaml', 'end Service/podinfo spec.x']]);
  expect(problems(compared, entry)).toEqual(['is unused in two']);
  expect(problems(run([]), entry)).toEqual(['is unused in one', 'is unused in two']);
  expect(judge([compared], [entry], false).problems).toEqual([]);
});

it('an entry for all scenarios is unused only when all of them ran', () => {
  const entry = declaration('events.txt', 'folded', ['*']);
  expect(problems(run([]), entry)).toEqual(['is unused']);
  expect(judge([run([])], [entry], false).problems).toEqual([]);
});

it.each<[RecordedFile, string]>([
  ['objects.yaml', '**'],
  ['objects.yaml', 'end **'],
  ['objects.yaml', '* */podinfo spec.**'],
  ['objects.yaml', '* */* *.*'],
  ['objects.yaml', 'end HTTPRoute/podinfo **'],
  ['objects.yaml', '** spec.rules[0].backendRefs[0].*'],
  ['changes.txt', '**'],
  ['changes.txt', '+ **'],
  ['changes.txt', '= **'],
  ['changes.txt', '~ HTTPRoute/podinfo **'],
  ['changes.txt', '~ Ingress/podinfo-canary metadata.**'],
  ['status.txt', '*'],
  ['status.txt', 'Progressing.*'],
  ['events.txt', 'event **'],
  ['events.txt', 'repeated **'],
  ['calls.txt', 'analysis: **'],
  ['calls.txt', '**: hook load-test payload.*'],
  ['calls.txt', 'event webhook: **'],
])('a catch-all of %s, %s, is refused', (file, path) => {
  expect(tooWide(declaration(file, path))).toHaveLength(1);
});

it.each<[RecordedFile, string]>([
  ['status.txt', 'Progressing.weight'],
  ['status.txt', 'Progressing.iterations'],
  ['status.txt', 'Promoting'],
  ['status.txt', 'Promoting.weight'],
  ['status.txt', 'Progressing.failedChecks'],
  ['changes.txt', '= Progressing.weight'],
  ['changes.txt', '~ HTTPRoute/podinfo spec.rules[0].backendRefs[0].weight'],
  ['changes.txt', '~ Service/podinfo spec.traffic[0].percent'],
  ['events.txt', 'event Normal Synced Advance podinfo canary weight 10'],
  ['calls.txt', 'analysis: hook load-test payload.phase'],
  ['calls.txt', 'event webhook: event New revision detected!'],
  ['objects.yaml', 'end Canary/podinfo status.phase'],
  ['objects.yaml', 'end VirtualService/podinfo spec.http[0].route[0].weight'],
  ['scenario.json', 'verdict'],
])('%s: %s may not be declared', (file, path) => {
  expect(problems(run([[file, path]]), declaration(file, path))).toEqual([
    `undeclared ${path}`,
    expect.stringContaining(`may not declare ${path} of one`),
  ]);
});

it.each<[RecordedFile, string, typeof FACTS]>([
  ['status.txt', 'WaitingPromotion.weight', { ...FACTS, isWaiting: true }],
  ['changes.txt', '= Promoting.iterations', { ...FACTS, isWaiting: true }],
  ['status.txt', 'Progressing.failedChecks', { ...FACTS, isUnanswered: true }],
  ['objects.yaml', 'end Canary/podinfo status.failedChecks', { ...FACTS, isUnanswered: true }],
  ['status.txt', 'Initialized', { ...FACTS, isStuck: true }],
  ['events.txt', 'event Warning Synced cannot go on', { ...FACTS, isStuck: true }],
])('%s: %s may, where Flagger says nothing true', (file, path, facts) => {
  expect(problems(run([[file, path]], facts), declaration(file, path))).toEqual([]);
});

it('`*` stands for no space and no dot, `**` for anything', () => {
  expect(matchesPattern('end Service/* spec.*', 'end Service/podinfo spec.x')).toBe(true);
  expect(matchesPattern('end Service/* spec.*', 'end Service/podinfo spec.x.y')).toBe(false);
  expect(matchesPattern('end Service/* spec.**', 'end Service/podinfo spec.x.y')).toBe(true);
  expect(matchesPattern('a[0].b', 'a[0].b')).toBe(true);
  expect(matchesPattern('a.b', 'axb')).toBe(false);
});

it.each([
  ['scenario: one\n    file: events.txt\n    path: folded', 'no reason'],
  [`file: events.txt\n    path: folded\n    reason: ${REASON}`, 'scenario is neither'],
  [`scenario: one\n    file: load.txt\n    path: x\n    reason: ${REASON}`, 'file is none of'],
  [
    `scenario: one\n    file: scenario.json\n    path: verdict\n    reason: ${REASON}`,
    'file is none',
  ],
  [`scenario: one\n    file: events.txt\n    path: ''\n    reason: ${REASON}`, 'no path'],
  [`scenario: one\n    file: events.txt\n    path: x\n    why: x`, 'unknown key why'],
  [`scenario: '*'\n    file: events.txt\n    path: event *\n    reason: ${REASON}`, 'exact path'],
  [
    `scenario: ['*', one]\n    file: events.txt\n    path: x\n    reason: ${REASON}`,
    'beside names',
  ],
])('%o is not valid', (entry, message) => {
  expect(() => readDeclarations(`differences:\n  - ${entry}\n`)).toThrow(message);
});
