import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUNDLED_SCHEMAS } from '../../../src/domain/kind-schemas/bundled-schemas.ts';
import type { RolloutPolicySpec } from '../../../src/domain/policy.ts';
import { typeCheckWarnings, type TypeCheckWarning } from '../../../src/policy/type-check.ts';

interface Recorded {
  readonly spec: RolloutPolicySpec;
  readonly warnings: readonly TypeCheckWarning[];
}

/**
 * ValidatingAdmissionPolicies and the `status.typeChecking` that kube-controller-manager 1.37.2 gave them; the random
 * digits that it appends to the names of types are left out.
 */
const RECORDED = JSON.parse(
  readFileSync(new URL('type-checks.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

const policy = (spec: RolloutPolicySpec, kind = 'ValidatingAdmissionPolicy') => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: 'p' },
  spec,
});

const DEPLOYMENTS = {
  resourceRules: [
    {
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      resources: ['deployments'],
      operations: ['CREATE' as const],
    },
  ],
};

describe('type checks against the schemas of matched kinds', () => {
  it.each(RECORDED.map((recorded, index) => [index, recorded] as const))(
    'give the warnings of Kubernetes: %i',
    (_index, { spec, warnings }) => {
      expect(typeCheckWarnings(policy(spec), BUNDLED_SCHEMAS)).toEqual(warnings);
    },
  );

  it('know the variables that Sluice adds', () => {
    const spec = {
      matchConstraints: DEPLOYMENTS,
      validations: [{ expression: 'now > timestamp("2024-01-01T00:00:00Z") && rollout == null' }],
    };
    expect(typeCheckWarnings(policy(spec, 'RolloutPolicy'), BUNDLED_SCHEMAS)).toEqual([]);
  });

  it('do not repeat what Kubernetes says of authorizer.requestResource', () => {
    const spec = {
      matchConstraints: DEPLOYMENTS,
      validations: [{ expression: 'authorizer.requestResource.check("update").allowed()' }],
    };
    expect(typeCheckWarnings(policy(spec), BUNDLED_SCHEMAS)).toEqual([]);
  });

  it('keep a warning within the limit of its field', () => {
    const expression = `object.spec.${'x'.repeat(20_000)} == 1`;
    const spec = { matchConstraints: DEPLOYMENTS, validations: [{ expression }] };
    const [found] = typeCheckWarnings(policy(spec), BUNDLED_SCHEMAS);
    expect(found?.warning).toHaveLength(16384);
  });
});
