import { align } from './align.ts';

/** A line of status.txt: `Progressing weight=10 iterations=0 failedChecks=0 promoted=Unknown/Progressing`. */
export interface StatusLine {
  readonly text: string;
  readonly phase: string;
  /** `weight`, `iterations`, `failedChecks`, `promoted`. */
  readonly fields: ReadonlyMap<string, string>;
}

/** A difference without its file. */
export interface Found {
  readonly path: string;
  readonly golden: string | undefined;
  readonly ours: string | undefined;
}

export function parseStatusLine(text: string): StatusLine {
  const [phase = '', ...rest] = text.split(' ');
  const fields = rest.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return { text, phase, fields: new Map(fields) };
}

/** 0 for the same, less than 1 for another step of the same phase. */
export function statusDistance(a: StatusLine, b: StatusLine): number | undefined {
  if (a.phase !== b.phase) return undefined;
  return changedFields(a, b).length / (a.fields.size + 1);
}

/**
 * Compares two sequences of statuses. A status that only one has is named by what changes with it: `Progressing` for a
 * phase that was entered, `Progressing.failedChecks` for a change of that field.
 */
export function compareStatuses(golden: readonly string[], ours: readonly string[]): Found[] {
  const [a, b] = [golden.map(parseStatusLine), ours.map(parseStatusLine)];
  return align(a, b, statusDistance).flatMap((pair) => {
    if (pair.golden !== undefined && pair.ours !== undefined) {
      return pairDifferences(pair.golden, pair.ours);
    }
    if (pair.golden !== undefined) return steps(a, pair.golden).map(goldenOnly(pair.golden.text));
    if (pair.ours !== undefined) return steps(b, pair.ours).map(oursOnly(pair.ours.text));
    return [];
  });
}

/** Where two statuses of one phase differ. */
export function pairDifferences(golden: StatusLine, ours: StatusLine): Found[] {
  return changedFields(golden, ours).map((field) => ({
    path: `${golden.phase}.${field}`,
    golden: golden.fields.get(field),
    ours: ours.fields.get(field),
  }));
}

/** What a status of a sequence brings: its phase, or the fields that change within the phase. */
export function steps(sequence: readonly StatusLine[], line: StatusLine): string[] {
  const before = sequence[sequence.indexOf(line) - 1];
  if (before?.phase !== line.phase) return [line.phase];
  return changedFields(before, line).map((field) => `${line.phase}.${field}`);
}

/** A difference at a path where only Flagger has something. */
export function goldenOnly(golden: string): (path: string) => Found {
  return (path) => ({ path, golden, ours: undefined });
}

/** A difference at a path where only Sluice has something. */
export function oursOnly(ours: string): (path: string) => Found {
  return (path) => ({ path, golden: undefined, ours });
}

function changedFields(a: StatusLine, b: StatusLine): string[] {
  return [...a.fields.keys()].filter((field) => a.fields.get(field) !== b.fields.get(field));
}
