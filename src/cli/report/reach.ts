import { governed } from '../../admission/webhook-configuration.ts';
import { WEBHOOK_SUBJECTS } from '../../admission/webhook-subjects.ts';
import type { KubeObject } from '../../domain/object.ts';
import {
  CALL_SITES,
  GATES,
  type CallSite,
  type MatchResources,
  type RolloutPolicyBinding,
} from '../../domain/policy.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { BindingInput } from '../../evidence/report/controls-input.ts';
import { isEmptySelector, matchesLabels } from '../../lib/label-selector.ts';
import type { CompiledPolicy } from '../../policy/compile.ts';
import { namedResources, type NamedResource } from '../../policy/scan-kinds.ts';
import { isEvaluatedAt } from '../../policy/snapshot.ts';
import { actionsOf, strictestAction } from '../../policy/violations.ts';

/** Where a policy is asked under a binding, and what it leaves out there. */
export function bindingInput(
  { policy }: CompiledPolicy,
  binding: RolloutPolicyBinding,
  world: { readonly namespaces: readonly KubeObject[]; readonly systemNamespace: string },
): BindingInput {
  const callSites = CALL_SITES.filter((site) => isEvaluatedAt(policy, binding, site));
  const { matchConstraints } = policy.spec;
  const { matchResources } = binding.spec;
  const resources = resourcesOf(matchConstraints);
  const places = world.namespaces.map((namespace) => {
    const isSelected = [matchConstraints, matchResources].every((criteria) =>
      matchesLabels(criteria?.namespaceSelector, namespaceLabels(namespace)),
    );
    const missed = isSelected
      ? resources.flatMap((each) =>
          isNamed(each, matchResources)
            ? whyMissed(each, namespace, { ...world, callSites })
            : [`${textOf(each)} are not selected by the binding`],
        )
      : ['its labels are not selected'];
    const isReached = isSelected && missed.length < resources.length;
    return { name: namespace.metadata.name, isReached, missed };
  });
  return {
    name: binding.metadata.name,
    action: strictestAction(actionsOf(binding)),
    callSites,
    namespaces: places.filter(({ isReached }) => isReached).map(({ name }) => name),
    leftOut: places
      .filter(({ missed }) => missed.length > 0)
      .map(({ name, missed }) => ({ namespace: name, why: missed.join('; ') })),
    loopholes: [
      ...loopholesOf(matchResources),
      ...(binding.spec.paramRef?.parameterNotFoundAction === 'Allow'
        ? ['it is not applied where there is no parameter object']
        : []),
    ],
  };
}

/** Labels as the API server has them. */
export function namespaceLabels({ metadata }: KubeObject): Readonly<Record<string, string>> {
  return { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}

/** Ways round constraints that are not about namespaces. */
export function loopholesOf(criteria: MatchResources | undefined): readonly string[] {
  const { objectSelector, excludeResourceRules = [], resourceRules = [] } = criteria ?? {};
  const operations = new Set(resourceRules.flatMap((rule) => rule.operations ?? []));
  const missing = (['CREATE', 'UPDATE'] as const).filter(
    (operation) => !operations.has(operation) && !operations.has('*'),
  );
  return [
    ...(isEmptySelector(objectSelector) ? [] : ['objects are selected by their own labels']),
    ...(excludeResourceRules.length === 0 ? [] : ['some resources are excluded']),
    ...(resourceRules.some(({ resourceNames = [] }) => resourceNames.length > 0)
      ? ['only objects of certain names are selected']
      : []),
    ...(resourceRules.length === 0 || missing.length === 0
      ? []
      : [`it is not asked on ${missing.join(' and ')}`]),
  ];
}

const CANARIES: NamedResource = { group: RESOURCES.canaries.group, resource: 'canaries' };
const DEPLOYMENTS: NamedResource = { group: RESOURCES.deployments.group, resource: 'deployments' };

/** What the policy is about; of everything, what can be reviewed at all. */
function resourcesOf(criteria: MatchResources | undefined): readonly NamedResource[] {
  const named = namedResources(criteria).flatMap((each) =>
    each.group === '*' || each.resource === '*' ? [CANARIES, DEPLOYMENTS] : [each],
  );
  return named.length === 0 ? [CANARIES, DEPLOYMENTS] : named;
}

function isNamed(
  { group, resource }: NamedResource,
  criteria: MatchResources | undefined,
): boolean {
  return namedResources(criteria).some(
    (each) =>
      (each.group === '*' || each.group === group) &&
      (each.resource === '*' || each.resource === resource),
  );
}

/** @returns nothing when changes of the resource in the namespace meet the policy before they take effect */
function whyMissed(
  resource: NamedResource,
  namespace: KubeObject,
  at: { readonly callSites: readonly CallSite[]; readonly systemNamespace: string },
): readonly string[] {
  if (!at.callSites.includes('Admission')) {
    const hasGate = at.callSites.some((site) => (GATES as readonly string[]).includes(site));
    // A scan stops nothing anywhere, and looks everywhere.
    return !hasGate || isSame(CANARIES, resource)
      ? []
      : [`changes of ${textOf(resource)} are not asked about`];
  }
  const subject = WEBHOOK_SUBJECTS.find(
    ({ followsPolicies, rules }) =>
      followsPolicies &&
      rules.some(
        ({ apiGroups, resources }) =>
          apiGroups.includes(resource.group) && resources.includes(resource.resource),
      ),
  );
  if (subject === undefined) return [`writes of ${textOf(resource)} are not reviewed`];
  if (!subject.onlyGoverned) return [];
  return matchesLabels(governed(at.systemNamespace), namespaceLabels(namespace))
    ? []
    : [`${textOf(resource)} are not reviewed: it is not governed`];
}

function isSame(a: NamedResource, b: NamedResource): boolean {
  return a.group === b.group && a.resource === b.resource;
}

function textOf({ group, resource }: NamedResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}
