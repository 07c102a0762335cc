import type { RolloutPolicy, RolloutPolicyBinding } from '../../../domain/policy.ts';
import { matchesLabels } from '../../../lib/label-selector.ts';
import type { Json } from '../../../lib/lossless-json.ts';
import type { ParamsResult } from '../../../policy/evaluate-active.ts';
import { asServed } from '../resource.ts';
import type { ServerContext } from '../server-context.ts';

const NOT_FOUND = 'no params found for policy binding with `Deny` parameterNotFoundAction';

/**
 * The stored objects that a binding's `paramRef` selects, in the order of their names; one null parameter without a
 * reference. A namespaced kind is looked up in the reference's namespace, or else in that of the request.
 */
export function policyParams(
  { store, registry }: Pick<ServerContext, 'store' | 'registry'>,
  question: {
    readonly policy: RolloutPolicy;
    readonly binding: RolloutPolicyBinding;
    readonly namespace: string | undefined;
  },
): ParamsResult {
  const { paramKind } = question.policy.spec;
  const { paramRef } = question.binding.spec;
  if (paramKind === undefined || paramRef === undefined) return { params: [null] };
  const resource = registry.ofKind(paramKind.apiVersion, paramKind.kind);
  if (resource === undefined) {
    const { apiVersion, kind } = paramKind;
    return {
      problem: `failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`,
    };
  }
  const where = resource.namespaced ? (paramRef.namespace ?? question.namespace) : undefined;
  if (resource.namespaced && where === undefined) {
    return {
      problem:
        'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    };
  }
  const found = store
    .list(resource.storageKey)
    .filter(({ metadata }) => metadata.namespace === where)
    .filter(({ metadata }) =>
      paramRef.name === undefined
        ? matchesLabels(paramRef.selector, metadata.labels)
        : metadata.name === paramRef.name,
    );
  if (found.length === 0 && paramRef.parameterNotFoundAction !== 'Allow') {
    return { problem: NOT_FOUND };
  }
  return { params: found.map((object) => asServed(resource, object) as unknown as Json) };
}
