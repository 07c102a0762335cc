import type { Facts } from '../domain/decision.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { ParamsResult } from './evaluate-active.ts';

const NOT_FOUND = 'no params found for policy binding with `Deny` parameterNotFoundAction';

const CLUSTER_SCOPED = 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`';

/**
 * The parameters of a binding: those given in place, or the objects among the facts that its `paramRef` selected. A
 * binding without either, or of a policy without `paramKind`, has the one parameter null. No object follows
 * `parameterNotFoundAction` (default Deny).
 */
export function paramsOfBinding(
  facts: Facts,
  policy: RolloutPolicy,
  { metadata, spec }: RolloutPolicyBinding,
): ParamsResult {
  if (spec.params !== undefined) return { params: [spec.params as Json] };
  if (spec.paramRef === undefined || policy.spec.paramKind === undefined) return { params: [null] };
  const found = Object.hasOwn(facts.params, metadata.name)
    ? (facts.params[metadata.name] ?? [])
    : [];
  const { namespace = '', parameterNotFoundAction } = spec.paramRef;
  if (namespace !== '' && found.some(isClusterScoped)) return { problem: CLUSTER_SCOPED };
  if (found.length > 0 || parameterNotFoundAction === 'Allow') return { params: found };
  return { problem: NOT_FOUND };
}

function isClusterScoped(param: Json): boolean {
  const metadata = isJsonObject(param) ? param['metadata'] : undefined;
  return !isJsonObject(metadata) || (metadata['namespace'] ?? '') === '';
}
