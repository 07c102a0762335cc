import { describe, expect, it } from 'vitest';
import { ownKindProblem } from '../../../src/admission/own-kinds.ts';
import { ownKindWarnings } from '../../../src/admission/own-kind-warnings.ts';
import { EXECUTOR, reviewOf } from './fixture.ts';
import { governanceOf, worldOf } from './governance-fixture.ts';

const spec = { policyName: 'p', validationActions: ['Deny'], params: { max: 'x' } };
const object = { metadata: { name: 'b' }, spec };
const checks = {
  executorUsernames: [EXECUTOR],
  validatePolicyObject: () => [],
  validateBindingObject: () => [{ field: 'spec.params.max', message: 'must be an integer' }],
};

describe('params of a binding that do not meet the schema of its policy', () => {
  it('are refused when they are written', () => {
    const review = reviewOf('rolloutpolicybindings', 'CREATE', { object });
    expect(ownKindProblem(review, checks)).toEqual({
      code: 422,
      reason: 'Invalid',
      messages: ['spec.params.max: must be an integer'],
    });
  });

  it('are no obstacle to what leaves the spec as it is', () => {
    const review = reviewOf('rolloutpolicybindings', 'UPDATE', { object, oldObject: object });
    expect(ownKindProblem(review, checks)).toBeUndefined();
  });

  it('are warned of when the policy gets the schema', () => {
    const world = worldOf();
    world.bindings.put({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicyBinding',
      metadata: { name: 'b' },
      spec: { policyName: 'p', params: { max: 'x' } },
    });
    const warningsOf = (paramsSchema: object) =>
      ownKindWarnings(
        reviewOf(
          'rolloutpolicies',
          'UPDATE',
          { object: { metadata: { name: 'p' }, spec: { paramsSchema } } as never, oldObject: {} },
          { name: 'p' },
        ),
        governanceOf(world),
      );
    const integer = { type: 'object', properties: { max: { type: 'integer' } } };
    expect(warningsOf(integer)).toEqual([
      'RolloutPolicyBinding b: spec.params.max: must be an integer, not a string: with this paramsSchema the binding is an error',
    ]);
    expect(warningsOf({ type: 'object', additionalProperties: true })).toEqual([]);
  });
});
