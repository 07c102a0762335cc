import {
  coverageOf,
  coverageOfAll,
  coverageText,
  type CoveredPolicy,
  type PlacedBranch,
} from './report.ts';

/**
 * Coverage for people: a line a policy, and below it each expression with something that no case reached: the lines of
 * its source, with a mark and counts under each branch.
 * @param isVerbose show expressions that are covered, too
 */
export function coverageLines(policies: readonly CoveredPolicy[], isVerbose: boolean): string[] {
  return [
    ...policies.flatMap((policy) => policyLines(policy, isVerbose)),
    `coverage: ${coverageText(coverageOfAll(policies))}`,
  ];
}

function policyLines(policy: CoveredPolicy, isVerbose: boolean): string[] {
  const fields = Map.groupBy(policy.branches, ({ field }) => field);
  const shown = [...fields].filter(([, branches]) => isVerbose || branches.some(hasGap));
  const width = String(policy.lines.length).length;
  return [
    `coverage of ${policy.name} (${policy.file}): ${coverageText(coverageOf(policy.branches))}`,
    ...shown.flatMap(([field, branches]) => [
      `  ${field}`,
      ...sourceLines(policy, branches, width),
    ]),
  ];
}

function hasGap({ whenTrue, whenFalse }: PlacedBranch): boolean {
  return whenTrue === 0 || whenFalse === 0;
}

function sourceLines(
  { lines }: CoveredPolicy,
  branches: readonly PlacedBranch[],
  width: number,
): string[] {
  const byLine = Map.groupBy(branches, ({ line }) => line);
  return [...byLine]
    .sort(([a], [b]) => a - b)
    .flatMap(([line, marked]) => [
      `  ${String(line).padStart(width)} | ${lines[line - 1] ?? ''}`,
      ...marked.map(
        (branch) => `  ${' '.repeat(width)} | ${markOf(branch, lines[line - 1] ?? '')}`,
      ),
    ]);
}

function markOf({ kind, column, whenTrue, whenFalse }: PlacedBranch, line: string): string {
  // A tab before the mark stays one, so that the mark stands below its place.
  const before = line.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return `${before}^ ${kind}: ${times('true', whenTrue)}, ${times('false', whenFalse)}`;
}

function times(value: string, count: number): string {
  return count === 0 ? `never ${value}` : `${value} ${count}`;
}
