import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askOracle, type OracleAnswer } from '../oracle.ts';
import { answersOf } from '../recorded.ts';
import type { Answer } from '../score.ts';
import { drawCases, fixturesText, type FreshCase } from './cases.ts';
import { freshDifferences, isUnanswered } from './compare.ts';

/** A drawn case beside both answers. */
export interface FreshResult {
  readonly drawn: FreshCase;
  readonly want: OracleAnswer;
  readonly got: Answer;
  /** What differs; undefined when the oracle has no answer. */
  readonly differs: readonly string[] | undefined;
}

/** How often a case that differs is asked again: maps have another order each time. */
const AGAIN = 8;

/** Draws cases and asks both engines. */
export async function runFresh(
  oracle: string,
  seed: number,
  count: number,
): Promise<readonly FreshResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-vectors-'));
  try {
    const fixtures = join(folder, 'fixtures.json');
    writeFileSync(fixtures, fixturesText());
    const cases = drawCases(seed, count);
    const lines = cases.map(({ line }) => JSON.stringify(line));
    const [wanted, got] = await Promise.all([
      askOracle(oracle, fixtures, lines),
      answersOf(fixtures, lines),
    ]);
    const results = cases.map((drawn, index) => compared(drawn, wanted[index], got[index]));
    return await askAgain(results, (again) => askOracle(oracle, fixtures, again));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compared(drawn: FreshCase, want: OracleAnswer | undefined, got: Answer = {}): FreshResult {
  if (want === undefined) throw new Error(`no answer to ${drawn.line.id}`);
  return {
    drawn,
    want,
    got,
    differs: isUnanswered(want) ? undefined : freshDifferences(drawn, want, got),
  };
}

/** A case agrees when one of the oracle's answers is ours. */
async function askAgain(
  results: readonly FreshResult[],
  ask: (lines: readonly string[]) => Promise<readonly OracleAnswer[]>,
): Promise<readonly FreshResult[]> {
  const differing = results.filter(({ differs }) => differs !== undefined && differs.length > 0);
  const lines = differing.flatMap(({ drawn }) =>
    Array<string>(AGAIN).fill(JSON.stringify(drawn.line)),
  );
  const answers = await ask(lines);
  const agreeing = new Set<FreshResult>();
  for (const [index, result] of differing.entries()) {
    const others = answers.slice(index * AGAIN, (index + 1) * AGAIN);
    if (others.some((want) => compared(result.drawn, want, result.got).differs?.length === 0))
      agreeing.add(result);
  }
  return results.map((result) => (agreeing.has(result) ? { ...result, differs: [] } : result));
}
