import type { ParamRef, RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { matchesLabels } from '../lib/label-selector.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { CaseInput } from './case-input.ts';
import type { ParamsResult } from './evaluate-active.ts';
import { labelsOf } from './match.ts';

/** The parameters of a binding, found and refused as the API server does; the kind is cluster-scoped when its first object is. */
export function caseParams(
  input: CaseInput,
  { spec: { paramKind } }: RolloutPolicy,
  { spec: { paramRef } }: RolloutPolicyBinding,
): ParamsResult {
  if (paramKind === undefined || paramRef === undefined) return { params: [null] };
  const { name = '', namespace = '', selector } = paramRef;
  const [first] = input.paramObjects;
  const isClusterScoped = first !== undefined && metadataText(first, 'namespace') === '';
  const where = namespace === '' ? (input.request.namespace ?? '') : namespace;
  const problem = refProblem(paramRef, isClusterScoped, where);
  if (problem !== undefined) return { problem };
  const reachable = input.paramObjects.filter(
    (object) => isClusterScoped || metadataText(object, 'namespace') === where,
  );
  const params = reachable.filter((object) =>
    name === ''
      ? selector !== undefined && matchesLabels(selector, labelsOf(object))
      : metadataText(object, 'name') === name,
  );
  if (params.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
    return { problem: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
  }
  return { params };
}

function refProblem(
  { name = '', namespace = '', selector }: ParamRef,
  isClusterScoped: boolean,
  where: string,
): string | undefined {
  if (!isClusterScoped && where === '') {
    return 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources';
  }
  if (isClusterScoped && namespace !== '') {
    return 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`';
  }
  return name !== '' && selector !== undefined
    ? 'paramRef.name and paramRef.selector are mutually exclusive'
    : undefined;
}

function metadataText(object: Json, key: string): string {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  const value = isJsonObject(metadata) ? metadata[key] : undefined;
  return typeof value === 'string' ? value : '';
}
