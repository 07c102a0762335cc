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
