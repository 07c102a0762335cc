import { keyOf, keyText } from '../domain/object.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { bindingParamsIssues } from '../policy/params-schema.ts';
import type { GovernanceChecks } from './governance-checks.ts';
import { policiesOf } from './own-kind-exception.ts';
import { GROUP, specOf } from './own-kind-problem.ts';
import type { Review } from './review-codec.ts';

/** Referrers that a warning names. */
const MAX_NAMED = 5;

/**
 * What whoever writes one of our kinds should know, although it is not refused: a policy that is deleted while bindings
 * or exceptions name it, a binding or exception that names a policy which does not exist, a policy
 * whose schema of parameters its bindings no longer meet.
 */
export function ownKindWarnings(
  { request, object }: Review,
  governance: GovernanceChecks | undefined,
): readonly string[] {
  const { group, resource } = request.resource;
  if (governance === undefined || group !== GROUP || (request.subResource ?? '') !== '') return [];
  if (request.operation === 'DELETE') {
    return resource === 'rolloutpolicies' ? referrerWarnings(request.name, governance) : [];
  }
  if (resource === 'rolloutpolicies') return paramsWarnings(object, request.name, governance);
  return missingWarnings(resource, specOf(object), governance);
}

/** A renamed policy is a deleted one, and a new one. */
function referrerWarnings(
  name: string,
  { bindings, exceptions }: GovernanceChecks,
): readonly string[] {
  const bound = bindings
    .list()
    .filter(({ spec }) => spec.policyName === name)
    .map(({ metadata }) => `RolloutPolicyBinding ${metadata.name}`);
  const excepted = exceptions
    .list()
    .filter(({ spec }) => spec.policies.some((policy) => policy.name === name))
    .map((exception) => `PolicyException ${keyText(keyOf(exception))}`);
  const referrers = [...bound, ...excepted].sort();
  if (referrers.length === 0) return [];
  const more = referrers.length > MAX_NAMED ? ` and ${referrers.length - MAX_NAMED} more` : '';
  const named = referrers.slice(0, MAX_NAMED).join(', ');
  return [`policy ${name} is still named by ${named}${more}: without it they do nothing`];
}

/** Bindings whose params the policy's new schema does not take: they become errors. */
function paramsWarnings(
  object: Json,
  name: string,
  { bindings }: GovernanceChecks,
): readonly string[] {
  if (!isJsonObject(specOf(object))) return [];
  const policy = object as unknown as RolloutPolicy;
  const broken = bindings
    .list()
    .filter(({ spec }) => spec.policyName === name)
    .flatMap((binding) => {
      const [first] = bindingParamsIssues(policy, binding);
      const where = `RolloutPolicyBinding ${binding.metadata.name}`;
      return first === undefined ? [] : [`${where}: ${first.field}: ${first.message}`];
    });
  return broken
    .slice(0, MAX_NAMED)
    .map((text) => `${text}: with this paramsSchema the binding is an error`);
}

function missingWarnings(
  resource: string,
  spec: Json | undefined,
  { policies }: GovernanceChecks,
): readonly string[] {
  return namedPolicies(resource, spec)
    .filter((name) => policies.get({ name }) === undefined)
    .map((name) => `there is no policy ${name}: nothing happens for it until there is one`);
}

function namedPolicies(resource: string, spec: Json | undefined): readonly string[] {
  if (resource === 'policyexceptions') return policiesOf(spec);
  const name = isJsonObject(spec) ? spec['policyName'] : undefined;
  return resource === 'rolloutpolicybindings' && typeof name === 'string' ? [name] : [];
}
