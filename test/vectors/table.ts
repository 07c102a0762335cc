import { answersOf, fixturesFile, readVectors, vectorFiles, type VectorLine } from './recorded.ts';
import { differences, isSameCost, type Answer, type Vector } from './score.ts';

/** A recorded line beside the engine's answer. */
export interface Scored {
  readonly vector: Vector;
  readonly answer: Answer | undefined;
  /** What of the answer differs; empty when it agrees. */
  readonly differs: readonly string[];
  /** Whether the cost is the recorded one; undefined when none was recorded. */
  readonly isSameCost: boolean | undefined;
}

/** Agreement of one file. Lines that need Go's built-in types are counted apart. */
export interface Row {
  readonly file: string;
  readonly lines: number;
  readonly matching: number;
  readonly percent: number;
  /** Lines with a recorded cost, and those of them whose cost is exactly it. */
  readonly costs: number;
  readonly exactCosts: number;
  readonly typedLines: number;
  readonly typedMatching: number;
}

/** Asks the engine every line of a file, in one process. */
export async function scoreFile(folder: string, file: string): Promise<readonly Scored[]> {
  const lines = readVectors(folder, file);
  const answers = await answersOf(
    fixturesFile(folder),
    lines.map(({ text }) => text),
  );
  return lines.map((line, index) => scoreLine(line, answers[index]));
}

function scoreLine({ vector }: VectorLine, answer: Answer | undefined): Scored {
  return {
    vector,
    answer,
    differs: differences(vector, answer),
    isSameCost: isSameCost(vector, answer),
  };
}

/** Counts what was scored. */
export function rowOf(file: string, scored: readonly Scored[]): Row {
  const own = scored.filter(({ vector }) => vector.typed !== true);
  const typed = scored.filter(({ vector }) => vector.typed === true);
  const costs = own.filter((each) => each.isSameCost !== undefined);
  const matching = own.filter(isSame).length;
  return {
    file,
    lines: own.length,
    matching,
    percent: percentOf(matching, own.length),
    costs: costs.length,
    exactCosts: costs.filter((each) => each.isSameCost === true).length,
    typedLines: typed.length,
    typedMatching: typed.filter(isSame).length,
  };
}

/** Rows of every file of a folder of vectors. */
export async function vectorRows(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const file of vectorFiles(folder)) rows.push(rowOf(file, await scoreFile(folder, file)));
  return rows;
}

const isSame = ({ differs }: Scored): boolean => differs.length === 0;

/** 100 for nothing out of nothing. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : (100 * part) / whole;
}
