import { concerns, declares, type Declaration } from './declarations.ts';
import type { Difference, RecordedFile } from './difference.ts';
import { isPattern, matchesPattern } from './path-pattern.ts';
import { untouchable, type ScenarioFacts } from './untouchable.ts';

/** A scenario that was run, with all of its differences. */
export interface Compared {
  readonly scenario: string;
  readonly facts: ScenarioFacts;
  readonly differences: readonly Difference[];
}

/** What is wrong with a run: differences nobody declared, and declarations that may not be. */
export interface Verdict {
  /** By scenario, for every scenario that was run. */
  readonly undeclared: ReadonlyMap<string, readonly Difference[]>;
  /** In words, with the place of the declaration. */
  readonly problems: readonly string[];
}

/**
 * Paths that no pattern may match, and that stand for all of a file: who matches one of them declares too much, whether
 * or not anything like it happened in this run.
 */
const PROBES: readonly (readonly [RecordedFile, string])[] = [
  ['status.txt', 'Progressing'],
  ['status.txt', 'Progressing.weight'],
  ['changes.txt', '= Progressing.weight'],
  ['changes.txt', '+ Probe/probe'],
  ['changes.txt', '~ Probe/probe spec.probe'],
  ['changes.txt', '~ HTTPRoute/podinfo spec.rules[0].backendRefs[0].weight'],
  ['changes.txt', '~ VirtualService/podinfo spec.http[0].route[0].weight'],
  ['changes.txt', '~ Service/podinfo spec.traffic[0].percent'],
  [
    'changes.txt',
    '~ Ingress/podinfo-canary metadata.annotations."nginx.ingress.kubernetes.io/canary-weight"',
  ],
  ['events.txt', 'event probe'],
  ['events.txt', 'repeated probe'],
  ['calls.txt', 'analysis: hook probe'],
  ['calls.txt', 'analysis: hook load-test payload.phase'],
  ['calls.txt', 'event webhook: event probe'],
  ['calls.txt', 'event webhook: repeated event probe'],
  ['objects.yaml', 'initialized Probe/probe'],
  ['objects.yaml', 'initialized Probe/probe spec.probe'],
  ['objects.yaml', 'end Probe/probe'],
  ['objects.yaml', 'end Probe/probe spec.probe'],
  ['objects.yaml', 'end HTTPRoute/podinfo spec.rules[0].backendRefs[0].weight'],
  ['objects.yaml', 'end Canary/podinfo status.phase'],
];

/**
 * Judges a run by the declared differences.
 * @param isWhole whether every scenario ran: only then is a declaration for all of them known to be unused
 */
export function judge(
  runs: readonly Compared[],
  declarations: readonly Declaration[],
  isWhole: boolean,
): Verdict {
  const undeclared = new Map(
    runs.map((run) => [run.scenario, run.differences.filter(isUndeclared(run, declarations))]),
  );
  const problems = declarations.flatMap((declaration, i) => {
    const where = `differences[${i}] (${declaration.file}: ${declaration.path})`;
    return [
      ...tooWide(declaration),
      ...touching(declaration, runs),
      ...unused(declaration, runs, isWhole),
    ].map((problem) => `${where}: ${problem}`);
  });
  return { undeclared, problems };
}

function isUndeclared(
  run: Compared,
  declarations: readonly Declaration[],
): (difference: Difference) => boolean {
  const own = declarations.filter((each) => concerns(each, run.scenario));
  return (difference) =>
    untouchable(difference.file, difference.path, run.facts) !== undefined ||
    !own.some((each) => declares(each, difference));
}

/** Problems of an entry that nobody needs a run for. */
export function tooWide({ file, path }: Declaration): string[] {
  if (!isPattern(path)) return [];
  const probe = PROBES.find(([name, example]) => name === file && matchesPattern(path, example));
  if (probe !== undefined) return [`is a catch-all: it matches ${probe[1]}`];
  return /[A-Za-z]{3}/.test(path) ? [] : ['is a catch-all: it names nothing'];
}

function touching(declaration: Declaration, runs: readonly Compared[]): string[] {
  return runs
    .filter(({ scenario }) => concerns(declaration, scenario))
    .flatMap(({ scenario, differences, facts }) =>
      differences
        .filter((difference) => declares(declaration, difference))
        .flatMap(({ file, path }) => {
          const reason = untouchable(file, path, facts);
          return reason === undefined ? [] : [`may not declare ${path} of ${scenario}: ${reason}`];
        }),
    );
}

function unused(declaration: Declaration, runs: readonly Compared[], isWhole: boolean): string[] {
  const users = runs.filter(
    ({ scenario, differences }) =>
      concerns(declaration, scenario) && differences.some((each) => declares(declaration, each)),
  );
  if (declaration.scenarios.includes('*')) {
    return isWhole && users.length === 0 ? ['is unused'] : [];
  }
  const names = new Set(users.map(({ scenario }) => scenario));
  const ran = new Set(runs.map(({ scenario }) => scenario));
  return declaration.scenarios
    .filter((name) => (isWhole || ran.has(name)) && !names.has(name))
    .map((name) => `is unused in ${name}`);
}
