import { expect, it } from 'vitest';
import { cacheProblem } from '../../../src/app/cache-problem.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';

it.each([
  [RESOURCES.canaries, undefined, 'canaries.flagger.app not listed yet'],
  [RESOURCES.canaries, 'NotFound: x', 'apply the output of `sluice crds --flagger`'],
  [RESOURCES.rolloutRuns, 'NotFound: x', 'apply the output of `sluice crds`'],
  [
    RESOURCES.services,
    'Forbidden: x',
    'services may not be listed and watched: this ServiceAccount',
  ],
  [RESOURCES.configMaps, 'Forbidden: x', 'lacks the right that --param-kinds needs'],
  [RESOURCES.services, 'Unauthorized: x', 'does not accept these credentials'],
  [RESOURCES.services, 'Unreachable: ECONNREFUSED', 'cannot be listed: Unreachable: ECONNREFUSED'],
])('%o with %s says what to do', (type, problem, words) => {
  expect(cacheProblem(type, problem)).toContain(words);
});
