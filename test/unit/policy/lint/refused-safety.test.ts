import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type {
  NamedRuleWithOperations,
  RolloutPolicy,
  RolloutPolicySpec,
} from '../../../../src/domain/policy.ts';
import type { Json } from '../../../../src/lib/lossless-json.ts';
import { parseYamlDocuments } from '../../../../src/lib/yaml-documents.ts';
import { compileStoredPolicy } from '../../../../src/policy/compile.ts';
import { refusedSafety } from '../../../../src/policy/lint/refused-safety.ts';
import { policyIssues } from '../../../../src/policy/policy-issues.ts';

const CANARIES: NamedRuleWithOperations = {
  apiGroups: ['flagger.app'],
  apiVersions: ['*'],
  resources: ['canaries'],
  operations: ['*'],
};

function policyOf(expression: string, spec: RolloutPolicySpec = {}): RolloutPolicy {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name: 'p' },
    spec: { validations: [{ expression }], ...spec },
  };
}

const refusals = (policy: RolloutPolicy) =>
  refusedSafety(compileStoredPolicy(policy)).map(({ change, isError }) => [change, isError]);
const issues = (policy: RolloutPolicy) => policyIssues(policy as unknown as Json);
const atShift: RolloutPolicySpec = { evaluateAt: ['TrafficIncrease'] };

describe('a policy that judges against a move toward safety', () => {
  it.each([
    [
      'a Canary is deleted and reverts to its target',
      policyOf("request.operation != 'DELETE'", {
        matchConstraints: { resourceRules: [{ ...CANARIES, operations: ['DELETE'] }] },
      }),
    ],
    [
      'the steps of a Canary are made smaller',
      policyOf(
        'oldObject == null || object.spec.analysis.stepWeight >= oldObject.spec.analysis.stepWeight',
        {
          matchConstraints: {
            resourceRules: [{ ...CANARIES, operations: ['CREATE', 'UPDATE'] }],
          },
          matchConditions: [
            { name: 'has-step', expression: 'has(object.spec.analysis.stepWeight)' },
          ],
        },
      ),
    ],
    [
      'a Deployment goes back to a template that succeeded',
      policyOf("object.kind != 'Deployment' || request.operation != 'UPDATE'", {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['apps'],
              apiVersions: ['*'],
              resources: ['deployments'],
              operations: ['*'],
            },
          ],
        },
      }),
    ],
    [
      'traffic is taken away from a canary',
      policyOf('rollout.toWeight > rollout.fromWeight', atShift),
    ],
  ])('is refused when it is written: %s', (change, policy) => {
    const found = issues(policy);
    expect(found[0]?.field).toBe('spec.validations[0].expression');
    expect(found[0]?.message).toMatch(`would deny a move toward safety: ${change} (`);
  });

  it('shows the case', () => {
    const [issue] = issues(policyOf('rollout.toWeight >= 5', atShift));
    expect(issue?.message).toBe(
      'would deny a move toward safety: all traffic is taken away from a canary (rollout.gate is TrafficIncrease, ' +
        'rollout.fromWeight is 20, rollout.toWeight is 0); let it pass, for no policy can stop it',
    );
  });

  it('is found behind selectors', () => {
    const policy = policyOf('rollout.toWeight > rollout.fromWeight', {
      ...atShift,
      matchConstraints: {
        objectSelector: { matchLabels: { tier: 'gold' } },
        namespaceSelector: {
          matchExpressions: [{ key: 'env', operator: 'In', values: ['production'] }],
        },
      },
    });
    expect(issues(policy)).not.toEqual([]);
  });
});

describe('a policy is taken', () => {
  it.each([
    [
      'when it refuses the object itself',
      policyOf("object == null || object.metadata.name == 'x'"),
    ],
    ['when it freezes every move', policyOf("now < timestamp('2000-01-01T00:00:00Z')", atShift)],
    ['when it asks only for moves forward', policyOf('rollout.toWeight <= 50', atShift)],
  ])('%s', (_name, policy) => {
    expect(issues(policy)).toEqual([]);
  });

  it('when it only fails there, which lint warns of', () => {
    const policy = policyOf("object.metadata.name != ''", {
      matchConstraints: { resourceRules: [{ ...CANARIES, operations: ['*'] }] },
    });
    expect(refusals(policy)).toEqual([['a Canary is deleted and reverts to its target', true]]);
    expect(issues(policy)).toEqual([]);
  });

  it.each(readdirSync('policies').filter((name) => name !== 'packs'))('policies/%s', (name) => {
    const [document] = parseYamlDocuments(readFileSync(`policies/${name}/policy.yaml`, 'utf8'));
    expect(refusals(document?.value as unknown as RolloutPolicy)).toEqual([]);
  });
});

describe('a policy that is too expensive to be tried', () => {
  const many = '[1,2,3,4,5,6,7,8,9,10]';
  const bomb = `${many}.all(a, ${many}.all(b, ${many}.all(c, ${many}.all(d, ${many}.all(e, a+b+c+d+e > 0)))))`;
  const policy = policyOf("request.operation != 'DELETE'", {
    validations: [
      ...Array.from({ length: 20 }, () => ({ expression: bomb })),
      { expression: "request.operation != 'DELETE'" },
    ],
  });

  it('is not judged, the same each time', () => {
    expect(refusals(policy)).toEqual(refusals(policy));
    expect(issues(policy)).toEqual([]);
  });

  it('costs no more than its allowance', () => {
    const startedAt = performance.now();
    refusals(policy);
    // The allowance is about 40 ms; ten times as much on a machine that is busy.
    expect(performance.now() - startedAt).toBeLessThan(400);
  });
});
