import type { Figure, Section } from './page.ts';
import { ROLLOUT_NOTE } from './rollout-note.ts';

/** What takes long and is measured by itself: `npm run bench -- NAME`; each writes its own section of the page. */
export const SECTIONS: Readonly<
  Record<string, Section & { measure(repetitions: number): Promise<Figure[]> }>
> = {
  rollout: {
    title: 'Rollouts beside Flagger',
    note: ROLLOUT_NOTE,
    measure: async (repetitions) => (await import('./rollout.ts')).bench(repetitions),
  },
};
