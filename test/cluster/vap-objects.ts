import type { ApiObject } from './api.ts';
import type { CaseGrant, CasePolicy, Tree, VapCase } from './vap-case.ts';

/** Who answers: Kubernetes' own admission, or Sluice. Each case has a namespace for either. */
export const SIDES = ['kubernetes', 'sluice'] as const;
export type Side = (typeof SIDES)[number];

/** Binds policies to the namespaces of one side. */
const SIDE_LABEL = 'vap.sluice.test/side';
const CASE_LABEL = 'vap.sluice.test/case';

/** `vap-012` */
export function caseName({ id }: Pick<VapCase, 'id'>): string {
  return `vap-${id}`;
}

/** `vap-012-sluice` */
export function namespaceOf(each: Pick<VapCase, 'id'>, side: Side): string {
  return `${caseName(each)}-${side}`;
}

export function namespaceObject(each: VapCase, side: Side): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespaceOf(each, side),
      labels: {
        'sluice.dev/governed': 'true',
        [SIDE_LABEL]: side,
        [CASE_LABEL]: each.id,
        ...each.namespaceLabels,
      },
    },
  };
}

interface Group {
  readonly apiVersion: string;
  readonly kind: string;
}

function groupOf({ spec }: CasePolicy, side: Side): Group {
  if (side === 'sluice') return { apiVersion: 'sluice.dev/v1alpha1', kind: 'RolloutPolicy' };
  const kind =
    spec['mutations'] === undefined ? 'ValidatingAdmissionPolicy' : 'MutatingAdmissionPolicy';
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind };
}

/** The policies of a case and their bindings: the same texts on both sides, but for kind, group and where they hold. */
export function policyObjects(
  each: VapCase,
  side: Side,
): { policies: object[]; bindings: object[] } {
  const policies: object[] = [];
  const bindings: object[] = [];
  for (const policy of each.policies) {
    const { apiVersion, kind } = groupOf(policy, side);
    const name = joined(caseName(each), policy.suffix);
    const spec = side === 'sluice' ? (policy.tampered ?? policy.spec) : policy.spec;
    policies.push({ apiVersion, kind, metadata: { name }, spec });
    for (const [suffix, binding] of Object.entries(policy.bindings)) {
      bindings.push({
        apiVersion,
        kind: `${kind}Binding`,
        metadata: { name: joined(name, suffix) },
        spec: bindingSpec(policy, { policyName: name, ...binding }, each.id, side),
      });
    }
  }
  return { policies, bindings };
}

function joined(name: string, suffix: string): string {
  return suffix === '' ? name : `${name}-${suffix}`;
}

/** Holds in the case's own namespace on this side, beside what the binding itself selects. */
function bindingSpec(policy: CasePolicy, binding: Tree, id: string, side: Side): Tree {
  const { matchResources = {}, ...rest } = binding as { matchResources?: Tree };
  const { namespaceSelector = {} } = matchResources as { namespaceSelector?: Tree };
  const { matchLabels = {} } = namespaceSelector as { matchLabels?: Tree };
  const isMutation = policy.spec['mutations'] !== undefined;
  return {
    ...(isMutation ? {} : { validationActions: ['Deny'] }),
    ...rest,
    matchResources: {
      ...matchResources,
      namespaceSelector: {
        ...namespaceSelector,
        matchLabels: { ...matchLabels, [SIDE_LABEL]: side, [CASE_LABEL]: id },
      },
    },
  };
}

/** Parameters in the case's namespace, or where they say. */
export function paramObjects(each: VapCase, side: Side): ApiObject[] {
  return each.params
    .filter(({ kind, metadata }) => kind !== 'ClusterLimit' && metadata.namespace === undefined)
    .map((param) => ({
      ...param,
      metadata: { ...param.metadata, namespace: namespaceOf(each, side) },
    }));
}

/** Parameters that both sides share. */
export function sharedParams(each: VapCase): ApiObject[] {
  return each.params.filter(
    ({ kind, metadata }) => kind === 'ClusterLimit' || metadata.namespace !== undefined,
  );
}

/** Roles and their bindings in the case's namespace; those of the cluster belong to both sides. */
export function grantObjects(each: VapCase, side: Side | 'cluster'): object[] {
  const isCluster = side === 'cluster';
  return each.grants.flatMap((grant, index) => {
    if ((grant.cluster ?? false) !== isCluster) return [];
    const metadata = {
      name: `${caseName(each)}-${index}`,
      ...(isCluster ? {} : { namespace: namespaceOf(each, side) }),
    };
    const kind = isCluster ? 'ClusterRole' : 'Role';
    const apiGroup = 'rbac.authorization.k8s.io';
    const apiVersion = `${apiGroup}/v1`;
    return [
      { apiVersion, kind, metadata, rules: [grant.rule] },
      {
        apiVersion,
        kind: `${kind}Binding`,
        metadata,
        roleRef: { apiGroup, kind, name: metadata.name },
        subjects: [subjectOf(grant)],
      },
    ];
  });
}

function subjectOf({ user, group, serviceAccount = '' }: CaseGrant): object {
  const apiGroup = 'rbac.authorization.k8s.io';
  if (user !== undefined) return { kind: 'User', name: user, apiGroup };
  if (group !== undefined) return { kind: 'Group', name: group, apiGroup };
  const [namespace = '', name = ''] = serviceAccount.split('/');
  return { kind: 'ServiceAccount', namespace, name };
}
