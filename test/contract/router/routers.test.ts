import { expect, test } from 'vitest';
import { ROUTERS } from '../../../src/delivery/router/index.ts';
import type { Router } from '../../../src/delivery/router/types.ts';
import { describeContract } from '../frame/describe-contract.ts';
import { routerContract } from './contract.ts';

test('no provider means two routers', () => {
  const routers: readonly Router[] = ROUTERS;
  const names = routers.flatMap(({ providers }) => providers);
  expect(new Set(names).size).toBe(names.length);
});

await describeContract(routerContract);
