import { ALL_TO_PRIMARY, type Router } from './types.ts';

/** No live traffic to the canary: Services alone, blue/green by iterations, promotion by a rolling update. */
export const router: Router = {
  providers: ['kubernetes'],
  capabilities: { weighted: false, mirror: false, match: false },
  metricFamily: 'pods',
  watched: undefined,
  check: () => Promise.resolve(undefined),
  observe: () => Promise.resolve({ present: true, weights: ALL_TO_PRIMARY, drifted: false }),
  apply: () => Promise.resolve(false),
};
