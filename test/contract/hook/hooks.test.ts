import { expect, test } from 'vitest';
import { HOOKS } from '../../../src/delivery/hook/index.ts';
import type { HookKind } from '../../../src/delivery/hook/types.ts';
import { describeContract } from '../frame/describe-contract.ts';
import { hookContract } from './contract.ts';

test('every type of Flagger is there, once', () => {
  const kinds: readonly HookKind[] = HOOKS;
  expect(kinds.map(({ type }) => type).sort()).toEqual([
    'confirm-promotion',
    'confirm-rollout',
    'confirm-traffic-increase',
    'event',
    'post-rollout',
    'pre-rollout',
    'rollback',
    'rollout',
  ]);
});

await describeContract(hookContract);
