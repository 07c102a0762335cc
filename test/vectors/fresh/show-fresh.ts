import { alignedTable, brief } from '../show.ts';
import { percentOf } from '../table.ts';
import type { FreshResult } from './run-fresh.ts';

/** Prints the first cases that differ, then agreement by subject and what kinds of answers there were. */
export function showFresh(results: readonly FreshResult[], count: number): void {
  const differing = results.filter(({ differs }) => differs !== undefined && differs.length > 0);
  for (const { drawn, want, got, differs } of differing.slice(0, count)) {
    const { id, expression, policy, bind, ...extras } = drawn.line as Record<string, unknown>;
    console.log(
      `- ${String(id)} ${drawn.family}: ${differs?.join(', ') ?? ''} ${brief({ bind, ...extras })}`,
    );
    console.log(`    ${brief(expression ?? policy, 1600)}`);
    console.log(`    want ${brief({ ...want, id: undefined }, 600)}`);
    console.log(`    got  ${brief({ ...got, id: undefined }, 600)}`);
  }
  console.log(
    alignedTable([
      ['subject', 'cases', 'same', 'percent', 'answers', 'errors'],
      ...rowsOf(results),
    ]),
  );
  const unanswered = results.filter(({ differs }) => differs === undefined).length;
  if (unanswered > 0) console.log(`${unanswered} left out: Kubernetes' own code has no answer`);
}

function rowsOf(results: readonly FreshResult[]): readonly (readonly string[])[] {
  const families = [...new Set(results.map(({ drawn }) => drawn.family))].sort();
  return families.map((family) => {
    const own = results.filter(
      ({ drawn, differs }) => drawn.family === family && differs !== undefined,
    );
    const same = own.filter(({ differs }) => differs?.length === 0).length;
    const errors = own.filter(({ want }) => !want.ok || want.result?.['allowed'] === false).length;
    return [
      family,
      String(own.length),
      String(same),
      percentOf(same, own.length).toFixed(2),
      String(own.length - errors),
      String(errors),
    ];
  });
}
