import type { Verdict } from '../../domain/decision.ts';
import { outcomesOf, type BranchCount } from '../../policy/coverage.ts';
import type { InputProblem } from '../manifests.ts';

/** How one case went. */
export interface TestedCase {
  readonly name: string;
  readonly ok: boolean;
  readonly verdict: Verdict;
  /** What differs from what the case expects, one line each. */
  readonly differences: readonly string[];
  /** Of the case in its file, from 1. */
  readonly line: number;
}

/** How the cases of one file went. */
export interface TestedFile {
  readonly file: string;
  readonly cases: readonly TestedCase[];
}

/** A branch and where it stands in the policy's file. */
export interface PlacedBranch extends BranchCount {
  readonly line: number;
  readonly column: number;
}

/** What the cases reached of one policy. */
export interface CoveredPolicy {
  readonly name: string;
  readonly file: string;
  /** The file, line by line. */
  readonly lines: readonly string[];
  readonly branches: readonly PlacedBranch[];
}

export interface TestReport {
  readonly files: readonly TestedFile[];
  /** Files that could not be used. */
  readonly problems: readonly InputProblem[];
  /** Undefined when nobody asked. */
  readonly coverage: readonly CoveredPolicy[] | undefined;
}

export interface TestSummary {
  readonly files: number;
  readonly passed: number;
  readonly failed: number;
}

export function summaryOf({ files }: TestReport): TestSummary {
  const cases = files.flatMap((file) => file.cases);
  const passed = cases.filter(({ ok }) => ok).length;
  return { files: files.length, passed, failed: cases.length - passed };
}

export interface CoverageSummary {
  readonly seen: number;
  readonly total: number;
  /** 0 to 100; 100 when there is nothing to see. */
  readonly percent: number;
}

/** Outcomes of branches that some case reached, of all that there are. */
export function coverageOf(branches: readonly BranchCount[]): CoverageSummary {
  const { seen, total } = outcomesOf(branches);
  return { seen, total, percent: total === 0 ? 100 : (seen * 100) / total };
}

/** Of all policies together. */
export function coverageOfAll(policies: readonly CoveredPolicy[]): CoverageSummary {
  return coverageOf(policies.flatMap(({ branches }) => branches));
}

/** `34 of 40 outcomes, 85.0 %`; rounded down, so that 100.0 % means all. */
export function coverageText({ seen, total, percent }: CoverageSummary): string {
  return `${seen} of ${total} outcomes, ${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
}
