import { describe, expect, it } from 'vitest';
import type { RequestFacts } from '../../../src/domain/decision.ts';
import type { MatchResources, NamedRuleWithOperations } from '../../../src/domain/policy.ts';
import { matchResources, type MatchSubject } from '../../../src/policy/match.ts';
import { canary, namespace, request } from './support.ts';

const rule = (changes: Partial<NamedRuleWithOperations> = {}): NamedRuleWithOperations => ({
  apiGroups: ['flagger.app'],
  apiVersions: ['v1beta1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['canaries'],
  ...changes,
});

function match(criteria: MatchResources | undefined, changes: Partial<MatchSubject> = {}): string {
  const { matches, problem } = matchResources(criteria, {
    request,
    object: canary,
    oldObject: null,
    namespaceObject: namespace,
    anyOperation: false,
    ...changes,
  });
  return problem ?? (matches ? 'yes' : 'no');
}

const asked = (changes: Partial<RequestFacts>): Partial<MatchSubject> => ({
  request: { ...request, ...changes },
});

describe('rules', () => {
  const cases: [string, Partial<NamedRuleWithOperations>, string][] = [
    ['all of it', {}, 'yes'],
    ['stars', { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }, 'yes'],
    ['another group', { apiGroups: ['apps'] }, 'no'],
    ['another version', { apiVersions: ['v1'] }, 'no'],
    ['another operation', { operations: ['DELETE'] }, 'no'],
    ['another resource', { resources: ['deployments'] }, 'no'],
    ['a subresource only', { resources: ['canaries/status'] }, 'no'],
    ['everything and its subresources', { resources: ['*/*'] }, 'yes'],
    ['its name', { resourceNames: ['checkout'] }, 'yes'],
    ['another name', { resourceNames: ['cart'] }, 'no'],
    ['no group at all', { apiGroups: [] }, 'no'],
    ['its scope', { scope: 'Namespaced' }, 'yes'],
    ['the other scope', { scope: 'Cluster' }, 'no'],
  ];
  it.each(cases)('%s', (_name, changes, answer) => {
    expect(match({ resourceRules: [rule(changes)] })).toBe(answer);
  });

  const subresources: [string, string][] = [
    ['canaries', 'no'],
    ['canaries/status', 'yes'],
    ['canaries/*', 'yes'],
    ['*/status', 'yes'],
    ['*/scale', 'no'],
    ['*', 'no'],
  ];
  it.each(subresources)('%s for the status subresource', (resource, answer) => {
    expect(
      match({ resourceRules: [rule({ resources: [resource] })] }, asked({ subResource: 'status' })),
    ).toBe(answer);
  });

  it('that exclude win', () => {
    expect(
      match({ resourceRules: [rule()], excludeResourceRules: [rule({ operations: ['CREATE'] })] }),
    ).toBe('no');
  });

  it('at a gate hold whatever operations they name', () => {
    expect(
      match({ resourceRules: [rule({ operations: ['DELETE'] })] }, { anyOperation: true }),
    ).toBe('yes');
  });

  it('match another version of the same resource unless they are exact', () => {
    const other = asked({
      requestResource: { group: 'flagger.app', version: 'v2', resource: 'canaries' },
    });
    expect(match({ resourceRules: [rule()] }, other)).toBe('yes');
    expect(match({ resourceRules: [rule()], matchPolicy: 'Exact' }, other)).toBe('no');
  });

  describe('of a resource that is served in two versions of the same shape', () => {
    const route = (version: string): Partial<MatchSubject> =>
      asked({
        kind: { group: 'gateway.networking.k8s.io', version, kind: 'HTTPRoute' },
        resource: { group: 'gateway.networking.k8s.io', version, resource: 'httproutes' },
      });
    const named = (...apiVersions: string[]): NamedRuleWithOperations =>
      rule({ apiGroups: ['gateway.networking.k8s.io'], apiVersions, resources: ['httproutes'] });
    const found = (criteria: MatchResources, version: string) =>
      matchResources(criteria, {
        request,
        object: canary,
        oldObject: null,
        namespaceObject: namespace,
        anyOperation: false,
        ...route(version),
      });

    it('match in the version that they name', () => {
      expect(found({ resourceRules: [named('v1')] }, 'v1beta1')).toEqual({
        matches: true,
        version: 'v1',
      });
      expect(found({ resourceRules: [named('v1'), named('v1beta1')] }, 'v1beta1')).toEqual({
        matches: true,
      });
      expect(found({ resourceRules: [named('v9')] }, 'v1').matches).toBe(false);
    });

    it('match only their own when they are exact', () => {
      const exact: MatchResources = { matchPolicy: 'Exact', resourceRules: [named('v1')] };
      expect([found(exact, 'v1').matches, found(exact, 'v1beta1').matches]).toEqual([true, false]);
    });

    it('exclude the other one, too', () => {
      const criteria = { excludeResourceRules: [named('v1')], resourceRules: [named('*')] };
      expect(found(criteria, 'v1beta1').matches).toBe(false);
    });
  });

  it('are not needed', () => {
    expect(match(undefined)).toBe('yes');
    expect(match({})).toBe('yes');
  });
});

describe('selectors', () => {
  const production = { namespaceSelector: { matchLabels: { env: 'production' } } };
  const labelled = { objectSelector: { matchLabels: { app: 'checkout' } } };

  it('look at the namespace', () => {
    expect(match(production)).toBe('yes');
    expect(match({ namespaceSelector: { matchLabels: { env: 'test' } } })).toBe('no');
  });

  it('cannot be decided without the namespace: an error, never a pass', () => {
    expect(match(production, { namespaceObject: null })).toBe('namespaces "shop" not found');
    expect(match({ namespaceSelector: {} }, { namespaceObject: null })).toBe('yes');
  });

  it('let cluster-scoped objects through', () => {
    expect(match(production, { ...asked({ namespace: '' }), namespaceObject: null })).toBe('yes');
  });

  it('look at a Namespace itself', () => {
    const about = asked({
      kind: { group: '', version: 'v1', kind: 'Namespace' },
      resource: { group: '', version: 'v1', resource: 'namespaces' },
      namespace: 'shop',
      name: 'shop',
    });
    expect(match(production, { ...about, object: namespace, namespaceObject: null })).toBe('yes');
    expect(
      match(production, { ...about, object: { metadata: {} }, namespaceObject: namespace }),
    ).toBe('no');
  });

  it('look at the new or the old object', () => {
    expect(match(labelled)).toBe('yes');
    expect(match(labelled, { object: { metadata: {} } })).toBe('no');
    expect(match(labelled, { object: { metadata: {} }, oldObject: canary })).toBe('yes');
    expect(match(labelled, { object: null, oldObject: canary })).toBe('yes');
  });

  it('that cannot be read are an error', () => {
    const matchExpressions = [{ key: 'a', operator: 'In' as const }];
    expect(match({ objectSelector: { matchExpressions } })).toContain("values set can't be empty");
    expect(match({ namespaceSelector: { matchExpressions } })).toContain(
      "values set can't be empty",
    );
  });
});
