import { ALL_TO_PRIMARY, type Router } from './types.ts';

/** No live traffic to the canary: Services alone, blue/green by iterations, promotion by a rolling update. */
export const router: Router = {
  providers: ['kubernetes'],
  capabilities: {
    weighted: false,
    mirror: false,
    mirrorsWeighted: false,
    match: false,
    affinity: false,
  },
  metricFamily: 'pods',
  kinds: [],
  objects: () => [],
  check: () => Promise.resolve(undefined),
  observe: () => ({ present: true, weights: ALL_TO_PRIMARY, drifted: false }),
  writes: () => [],
};
