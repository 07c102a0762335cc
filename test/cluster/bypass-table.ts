import { CANARY_ROWS } from './bypass-rows-canary.ts';
import { OBJECT_ROWS } from './bypass-rows-objects.ts';
import { COVERAGE_ROWS } from './bypass-rows-coverage.ts';

/** Who tries: `edit` in the namespace; that and Canaries, routes and the namespace's own labels; `system:masters`. */
export const ACTORS = ['user', 'deployer', 'admin'] as const;
export type Actor = (typeof ACTORS)[number];

/**
 * What comes of it. `no right`: Kubernetes' own roles do not allow it. `refused`: Sluice does not. `undone`: put right
 * within five seconds. `gap`: it can be done, and is recorded or documented.
 */
export type Verdict = 'no right' | 'refused' | 'undone' | 'gap';

/** One way round a rollout. */
export interface Bypass {
  readonly id: string;
  /** What is tried. */
  readonly what: string;
  /** For each of {@link ACTORS}. */
  readonly expected: readonly [Verdict, Verdict, Verdict];
  /** What closes it; for a gap, where it is recorded or what to do about it. */
  readonly by: string;
}

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
