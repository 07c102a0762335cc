import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { compareRecordings, factsOf } from './compare.ts';
import { readDeclarations } from './declarations.ts';
import { judge, type Compared, type Verdict } from './judge.ts';
import { readRecording, recordedScenarios, type Recorded } from './recordings.ts';
import { differencesText } from './verdict-text.ts';

/** The declared differences. */
export const DECLARATIONS = new URL('../../docs/flagger-differences.yaml', import.meta.url);
const OWN_CRDS = new URL('../../manifests/crds/sluice.yaml', import.meta.url);

/**
 * Compares what Sluice did with Flagger's recordings, and judges the differences by what is declared.
 * @param ours a folder for each scenario
 */
export function judgeFolder(scenarios: readonly Recorded[], ours: string): Verdict {
  const kinds = ownKinds();
  const runs = scenarios.map(({ name: scenario, folder }): Compared => {
    const recorded = readRecording(folder);
    const differences = compareRecordings(recorded, readRecording(join(ours, scenario)), kinds);
    return { scenario, facts: factsOf(recorded), differences };
  });
  const declarations = readDeclarations(readFileSync(DECLARATIONS, 'utf8'));
  const played = new Set(scenarios.map(({ name }) => name));
  const isWhole = recordedScenarios().every(({ name }) => played.has(name));
  return judge(runs, declarations, isWhole);
}

/**
 * Prints a verdict, and last `N passed, N failed`: a scenario is one, and so are the declarations.
 * @returns the exit code
 */
export function printVerdict({ undeclared, problems }: Verdict): number {
  let failed = 0;
  for (const [scenario, differences] of undeclared) {
    if (differences.length > 0) failed++;
    const result = differences.length === 0 ? 'ok   ' : 'FAIL ';
    console.log(`${result} ${scenario}: ${differences.length} undeclared differences`);
    if (differences.length > 0) console.log(differencesText(differences));
  }
  if (problems.length > 0) failed++;
  console.log(`${problems.length === 0 ? 'ok   ' : 'FAIL '} declared differences`);
  for (const problem of problems) console.log(`  ${problem}`);
  console.log(`${undeclared.size + 1 - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Kinds of Sluice, which a recording of Flagger cannot have. */
function ownKinds(): ReadonlySet<string> {
  const documents = readFileSync(OWN_CRDS, 'utf8').split(/^---$/m);
  return new Set(
    documents.flatMap((document) => {
      const { spec } = (load(document) ?? {}) as { spec?: { names: { kind: string } } };
      return spec === undefined ? [] : [spec.names.kind];
    }),
  );
}
