import { describe, expect, it } from 'vitest';
import { BUNDLED_SCHEMAS } from '../../../src/domain/kind-schemas/bundled-schemas.ts';
import type { RolloutPolicy, RolloutPolicySpec } from '../../../src/domain/policy.ts';
import { kindIssues } from '../../../src/policy/kind-issues.ts';
import { matchedKinds } from '../../../src/policy/matched-kinds.ts';
import { wantedResources } from '../../../src/policy/wanted-resources.ts';

const rule = (group: string, version: string, ...resources: string[]) => ({
  apiGroups: [group],
  apiVersions: [version],
  resources,
  operations: ['UPDATE' as const],
});
const DEPLOYMENT = rule('apps', 'v1', 'deployments');
const CANARY = rule('flagger.app', 'v1beta1', 'canaries');

const policy = (
  rules: readonly ReturnType<typeof rule>[],
  ...expressions: string[]
): RolloutPolicy => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'p' },
  spec: {
    matchConstraints: { resourceRules: [...rules] },
    validations: expressions.map((expression) => ({ expression })),
  },
});
const messages = (rules: readonly ReturnType<typeof rule>[], expression: string): string[] =>
  kindIssues(policy(rules, expression), BUNDLED_SCHEMAS, []).map(({ message }) => message);

describe('what cannot be right for the matched kinds', () => {
  it('is a field that they do not have, and another type', () => {
    expect(messages([DEPLOYMENT], 'object.spec.replicaz > 1')).toEqual([
      "for apps/v1, Kind=Deployment: undefined field 'replicaz'; did you mean replicas?",
    ]);
    expect(messages([CANARY], 'object.spec.targetRef.name > 1')).toEqual([
      "for flagger.app/v1beta1, Kind=Canary: found no matching overload for '_>_' applied to '(string, int)'",
    ]);
    expect(messages([DEPLOYMENT], 'object.metadata.name')).toEqual([
      'for apps/v1, Kind=Deployment: must evaluate to bool but got string',
    ]);
  });

  it('is so for each of several kinds', () => {
    const both = [DEPLOYMENT, CANARY];
    const guarded = "object.kind != 'Canary' || object.spec.analysis.threshold < 5";
    expect(messages(both, guarded)).toEqual([]);
    expect(messages(both, 'object.spec.nope == 1')).toEqual([
      "for apps/v1, Kind=Deployment; flagger.app/v1beta1, Kind=Canary: undefined field 'nope'",
    ]);
  });

  it.each([
    'has(object.spec.template.spec.containers[0].resources.limits.memory)',
    "quantity(object.spec.template.spec.containers[0].resources.limits['memory']).isGreaterThan(quantity('1Gi'))",
    'object.spec.strategy.rollingUpdate.maxSurge == 1 || object.spec.strategy.rollingUpdate.maxSurge == "25%"',
    "timestamp(object.metadata.creationTimestamp) < timestamp('2030-01-01T00:00:00Z')",
    "object.metadata.namespace == 'shop'",
    'object.spec.paused == null',
    "'paused' in object.spec && object.spec['paused'] == true",
    'object.spec.?replicas.orValue("none") == "none"',
    'object.spec.template.metadata.annotations.exists(k, k.startsWith("sluice.dev/"))',
    'oldObject == null || oldObject.spec.replicas == object.spec.replicas',
    'params.anything == 1',
    'size(object.spec) > 1',
  ])('is not what works at run time: %s', (expression) => {
    expect(messages([DEPLOYMENT], expression)).toEqual([]);
  });

  it.each<[string, readonly ReturnType<typeof rule>[]]>([
    ['a wildcard', [DEPLOYMENT, rule('*', '*', '*')]],
    ['a subresource', [rule('apps', 'v1', 'deployments', 'deployments/scale')]],
    ['a kind that is not known', [DEPLOYMENT, rule('example.com', 'v1', 'widgets')]],
    ['no rule at all', []],
  ])('is not known with %s', (_what, rules) => {
    expect(messages(rules, 'object.spec.nope == 1')).toEqual([]);
  });
});

describe('the kinds that rules name', () => {
  const textOf = (rules: readonly ReturnType<typeof rule>[]) => {
    const { kinds, isComplete } = matchedKinds({ resourceRules: [...rules] }, BUNDLED_SCHEMAS);
    return [kinds.map(({ kind }) => kind).join(' '), isComplete];
  };

  it('are sorted, each once', () => {
    expect(textOf([CANARY, DEPLOYMENT, DEPLOYMENT])).toEqual(['Deployment Canary', true]);
  });

  it('are ten at most, after which no further rule is looked at', () => {
    const many = rule(
      '',
      'v1',
      ...'configmaps endpoints events limitranges namespaces nodes pods resourcequotas secrets services'.split(
        ' ',
      ),
    );
    const [kinds, isComplete] = textOf([many, DEPLOYMENT]);
    expect(String(kinds).split(' ')).toHaveLength(10);
    expect(kinds).not.toContain('Deployment');
    expect(isComplete).toBe(false);
  });
});

describe('the resources whose schemas are wanted', () => {
  const applying: RolloutPolicySpec = {
    matchConstraints: { resourceRules: [rule('example.com', '*', 'widgets/status'), CANARY] },
    paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' },
    mutations: [
      { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } },
    ],
  };
  const stored = (spec: RolloutPolicySpec): RolloutPolicy => ({ ...policy([]), spec });

  it('are those of policies that apply configurations', () => {
    const policies = [stored(applying), policy([DEPLOYMENT], 'true')];
    expect(wantedResources(policies, false)).toEqual([
      { group: 'example.com', version: '*', resource: 'widgets' },
      { group: 'flagger.app', version: 'v1beta1', resource: 'canaries' },
    ]);
  });

  it('are all that rules name exactly, and parameters, where types are checked', () => {
    const checked = policy([DEPLOYMENT, rule('*', '*', '*'), rule('apps', '*', 'daemonsets')]);
    const policies = [checked, stored({ ...applying, mutations: [] })];
    expect(wantedResources(policies, true)).toEqual([
      { group: 'apps', version: 'v1', resource: 'deployments' },
      { group: 'flagger.app', version: 'v1beta1', resource: 'canaries' },
      { group: 'example.com', version: 'v1', resource: 'limits' },
    ]);
  });
});
