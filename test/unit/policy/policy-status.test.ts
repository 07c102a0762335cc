import { describe, expect, it } from 'vitest';
import type { Condition, RolloutPolicy } from '../../../src/domain/policy.ts';
import { compileStoredPolicy } from '../../../src/policy/compile.ts';
import { bindingStatus, policyStatus } from '../../../src/policy/policy-status.ts';
import { NOW, binding, policy } from './support.ts';

const EARLIER = '2026-03-01T00:00:00Z';
const readyOf = (status: { conditions?: Condition[] } | undefined): Condition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready');

/** The condition Ready of a policy with these expressions. */
function judged(...expressions: readonly string[]): Condition | undefined {
  const given = policy({ validations: expressions.map((expression) => ({ expression })) });
  return readyOf(policyStatus(given, compileStoredPolicy(given).issues, NOW));
}

describe('the status of a policy', () => {
  it.each([
    [['true'], 'True', 'Compiled', /^every expression compiles$/],
    [['object.x.('], 'False', 'NotCompiling', /^spec\.validations\[0\]\.expression:1:10: .+/],
    [
      ['true', 'true &&\n  nope'],
      'False',
      'NotCompiling',
      /^spec\.validations\[1\]\.expression:2:3: /,
    ],
    [['1'], 'False', 'NotCompiling', /^spec\.validations\[0\]\.expression(:\d+:\d+)?: .*bool/],
    [['a', 'b', 'c'], 'False', 'NotCompiling', /expression:1:1: .* \(and 2 more\)$/s],
  ] as const)('of %j is %s, %s', (expressions, status, reason, message) => {
    const ready = judged(...expressions);
    expect(ready).toMatchObject({
      type: 'Ready',
      status,
      reason,
      lastTransitionTime: NOW,
      observedGeneration: 3,
    });
    expect(ready?.message).toMatch(message);
  });

  it('names a field without a place as it is', () => {
    const status = policyStatus(policy(), [{ field: 'spec.mutations[0]', message: 'no' }], NOW);
    expect(readyOf(status)?.message).toBe('spec.mutations[0]: no');
  });

  it('says the generation and the version of the environment', () => {
    const status = policyStatus(policy(), [], NOW);
    expect(status).toMatchObject({ observedGeneration: 3, environmentVersion: '1.37' });
  });

  it('keeps a message short, with no half of a character in it', () => {
    const issue = { field: 'f', message: '😀'.repeat(2000) };
    const message = readyOf(policyStatus(policy(), [issue, issue], NOW))?.message ?? '';
    expect(message.length).toBe(1024);
    expect(message.isWellFormed()).toBe(true);
    expect(message).toMatch(/ \(and 1 more\)$/);
  });
});

describe('a status that is there', () => {
  const stored = (changes: Partial<RolloutPolicy['status']> = {}): RolloutPolicy => {
    const status = policyStatus(policy(), [], EARLIER);
    return { ...policy(), status: { ...status, ...changes } };
  };

  it('is not written again when nothing differs', () => {
    expect(policyStatus(stored(), [], NOW)).toBeUndefined();
  });

  it.each([
    ['the generation', { observedGeneration: 2 }],
    ['the environment', { environmentVersion: '1.36' }],
  ])('is written when %s differs, with the time at which Ready changed', (_what, changes) => {
    const status = policyStatus(stored(changes), [], NOW);
    expect(status).toEqual(stored().status);
    expect(readyOf(status)?.lastTransitionTime).toBe(EARLIER);
  });

  it('gets a new time when Ready changes', () => {
    const status = policyStatus(stored(), [{ field: 'f', message: 'm' }], NOW);
    expect(readyOf(status)).toMatchObject({ status: 'False', lastTransitionTime: NOW });
  });

  it('keeps the conditions of others', () => {
    const other = { type: 'Seen', status: 'True', reason: 'R', message: '' } as const;
    const conditions = [{ ...other, lastTransitionTime: EARLIER }];
    const status = policyStatus(stored({ conditions }), [], NOW);
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Seen', 'Ready']);
  });
});

describe('the status of a binding', () => {
  it.each([
    [true, 'True', 'PolicyFound', 'RolloutPolicy p exists'],
    [false, 'False', 'PolicyMissing', 'RolloutPolicy p does not exist: the binding is not applied'],
  ])('whose policy is there: %s', (isThere, status, reason, message) => {
    const given = { ...binding(), metadata: { name: 'b', generation: 7 } };
    const next = bindingStatus(given, isThere, NOW);
    expect(next).toEqual({
      observedGeneration: 7,
      conditions: [
        {
          type: 'Ready',
          status,
          reason,
          message,
          lastTransitionTime: NOW,
          observedGeneration: 7,
        },
      ],
    });
    expect(
      bindingStatus({ ...given, ...(next && { status: next }) }, isThere, NOW),
    ).toBeUndefined();
  });

  it('says when its params do not meet the schema of the policy', () => {
    const issues = [{ field: 'spec.params.max', message: 'is required' }];
    expect(readyOf(bindingStatus(binding(), true, NOW, issues))).toMatchObject({
      status: 'False',
      reason: 'ParamsInvalid',
      message: 'spec.params.max: is required',
    });
  });
});
