import type { Difference } from './difference.ts';

const MAX_SHOWN = 40;
const MAX_LENGTH = 300;

/** What is to be read of a scenario's differences: per difference the file, the path and both values. */
export function differencesText(differences: readonly Difference[]): string {
  const lines = differences
    .slice(0, MAX_SHOWN)
    .flatMap(({ file, path, golden, ours }) => [
      `  ${file}: ${path}`,
      `    Flagger: ${short(golden)}`,
      `    Sluice:  ${short(ours)}`,
    ]);
  const left = differences.length - MAX_SHOWN;
  return [...lines, ...(left > 0 ? [`  and ${left} more`] : [])].join('\n');
}

function short(text: string | undefined): string {
  if (text === undefined) return '-';
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}…`;
}
