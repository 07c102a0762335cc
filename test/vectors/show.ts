import type { Row, Scored } from './table.ts';

/** Prints the first lines of a file that differ: in the answer first, then in the cost alone. */
export function showRecorded({ file }: Row, scored: readonly Scored[], count: number): void {
  const own = scored.filter(({ vector }) => vector.typed !== true);
  const different = own.filter(({ differs }) => differs.length > 0);
  const costly = own.filter((each) => each.differs.length === 0 && each.isSameCost === false);
  for (const each of [...different, ...costly].slice(0, count)) {
    const { vector, answer, differs } = each;
    const what = differs.length > 0 ? differs.join(', ') : `cost, not ${String(vector.cost)}`;
    console.log(`- ${file} ${vector.id}: ${what}`);
    console.log(`    ${brief(vector.expression ?? vector.policy)}`);
    console.log(`    want ${brief(vector.want)}`);
    console.log(`    got  ${brief(answer ?? null)}`);
  }
}

/** JSON on one line, cut. */
export function brief(value: unknown, length = 400): string {
  return JSON.stringify(value ?? null).slice(0, length);
}

/** The table of files, as text of aligned columns. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['file', 'lines', 'same', 'percent', 'costs exact', 'percent', 'typed same'];
  const body = rows.map((row) => [
    row.file,
    String(row.lines),
    String(row.matching),
    row.percent.toFixed(2),
    `${row.exactCosts}/${row.costs}`,
    row.costs === 0 ? '-' : ((100 * row.exactCosts) / row.costs).toFixed(2),
    `${row.typedMatching}/${row.typedLines}`,
  ]);
  return alignedTable([head, ...body]);
}

/** Cells under one another: the first column to the left, the others to the right. */
export function alignedTable(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_cell, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return table.map(line).join('\n');
}
