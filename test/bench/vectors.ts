/**
 * Agreement with Kubernetes' own CEL: the answers of `sluice eval` beside the recorded ones.
 * `node test/bench/vectors.ts [--show N] [FILE…]` prints it, with what differs.
 */
import { parseArgs } from 'node:util';
import type { VectorRow } from './page.ts';
import { answersOf, hasVectors, readVectors, vectorFiles, vectorFolder } from './vectors/run.ts';
import { differences, isSameCost, type Answer, type Vector } from './vectors/score.ts';

interface Scored {
  readonly vector: Vector;
  readonly answer: Answer | undefined;
  readonly differs: readonly string[];
}

/** One row a file; lines that need Go's built-in types are left out. */
export async function vectorTable(): Promise<VectorRow[]> {
  if (!hasVectors()) {
    console.log(
      'vectors: skipped, no recorded vectors; set SLUICE_SHARED to the folder that has them',
    );
    return [];
  }
  const folder = vectorFolder();
  const rows: VectorRow[] = [];
  for (const file of vectorFiles(folder)) rows.push(rowOf(file, await score(folder, file)));
  return rows;
}

async function score(folder: string, file: string): Promise<readonly Scored[]> {
  const lines = readVectors(folder, file).filter(({ vector }) => vector.typed !== true);
  const answers = await answersOf(
    folder,
    lines.map(({ text }) => text),
  );
  return lines.map(({ vector }, index) => {
    const answer = answers[index];
    return { vector, answer, differs: differences(vector, answer) };
  });
}

function rowOf(file: string, scored: readonly Scored[]): VectorRow {
  const lines = scored.length;
  const matching = scored.filter(({ differs }) => differs.length === 0).length;
  return { file, lines, matching, percent: (100 * matching) / lines };
}

if (import.meta.main) await print();

async function print(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { show: { type: 'string', default: '0' }, costs: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const folder = vectorFolder();
  const files = positionals.length > 0 ? positionals : vectorFiles(folder);
  for (const file of files) {
    const scored = await score(folder, file);
    const { lines, matching, percent } = rowOf(file, scored);
    const costs = scored.flatMap(({ vector, answer }) => isSameCost(vector, answer) ?? []);
    const same = costs.filter(Boolean).length;
    console.log(
      `${file}: ${matching} of ${lines} (${percent.toFixed(1)} %), cost ${same} of ${costs.length}`,
    );
    const shown = values.costs
      ? scored.filter(
          ({ vector, answer, differs }) =>
            differs.length === 0 && isSameCost(vector, answer) === false,
        )
      : scored.filter(({ differs }) => differs.length > 0);
    for (const each of shown.slice(0, Number(values.show))) show(each);
  }
}

function show({ vector, answer, differs }: Scored): void {
  const brief = (value: unknown): string => JSON.stringify(value).slice(0, 400);
  console.log(`- ${vector.id} ${differs.join(',')} ${String(vector.cost ?? '')}`);
  console.log(`    ${String(vector.expression).slice(0, 300)}`);
  console.log(`    want ${brief(vector.want)}`);
  console.log(`    got  ${brief(answer ?? null)}`);
}
