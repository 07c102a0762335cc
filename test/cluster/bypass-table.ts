import { CANARY_ROWS } from './bypass-rows-canary.ts';
import { OBJECT_ROWS } from './bypass-rows-objects.ts';
import { COVERAGE_ROWS } from './bypass-rows-coverage.ts';
import { ACTORS, type Actor, type Bypass } from './bypass-row.ts';

/** Every way round a rollout that is known, in the order of the documentation. */
export const BYPASSES: readonly Bypass[] = [...CANARY_ROWS, ...OBJECT_ROWS, ...COVERAGE_ROWS];

const TITLES: Readonly<Record<Actor, string>> = {
  user: 'ordinary user',
  deployer: 'application deployer',
  admin: 'cluster admin',
};

/** The table of docs/reference/bypass.md, as Markdown. */
export function bypassTable(): string {
  const head = ['what is tried', ...ACTORS.map((actor) => TITLES[actor]), 'by, or recorded where'];
  const rows = BYPASSES.map(({ what, expected, by }) => [what, ...expected, by]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
