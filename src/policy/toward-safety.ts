import type { Facts } from '../domain/decision.ts';
import {
  deploymentRevision,
  GOOD_ANNOTATION,
  readGoodRevisions,
} from '../domain/governed-deployment.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { equalJson } from './json-patch.ts';

/**
 * Whether what is asked can only make the running service safer, as far as the facts tell (design §2.2). Such a change
 * is never denied by a policy, window, budget, error or stale cache:
 *
 * - at a gate: a shift that lowers the canary's share;
 * - Canary: deletion that reverts to the target (`revertOnDeletion`), and a change of nothing but step weights that
 *   lowers one and raises none. A lower `maxWeight` is not one: it promotes earlier;
 * - Deployment: a change of the pod template to one that succeeded, that the executor has noted as good, or that runs as
 *   the primary, and of nothing else;
 * - HTTPRoute: a change of nothing but weights that lowers the share of each `-canary` backend it touches.
 *
 * Anything else is a forward change.
 */
export function isTowardSafety(facts: Facts): boolean {
  if (facts.rollout !== null) {
    const { gate, fromWeight, toWeight } = facts.rollout;
    return gate === 'TrafficIncrease' && toWeight < fromWeight;
  }
  const { request, object, oldObject } = facts;
  if ((request.subResource ?? '') !== '') return false;
  if (request.operation === 'DELETE') return isSafeDeletion(request, oldObject);
  return request.operation === 'UPDATE' && isSafeUpdate(facts, object, oldObject);
}

function isSafeDeletion({ resource }: Facts['request'], oldObject: Json): boolean {
  const isCanary = `${resource.group}/${resource.resource}` === 'flagger.app/canaries';
  return isCanary && at(oldObject, 'spec', 'revertOnDeletion') === true;
}

function isSafeUpdate(facts: Facts, object: Json, oldObject: Json): boolean {
  if (!isJsonObject(object) || !isJsonObject(oldObject)) return false;
  const { group, resource } = facts.request.resource;
  switch (`${group}/${resource}`) {
    case 'flagger.app/canaries':
      return sameDescription(object, oldObject) && lowersSteps(object, oldObject);
    case 'apps/deployments':
      return restoresTemplate(object, oldObject, facts.succeededTemplates ?? []);
    case 'gateway.networking.k8s.io/httproutes':
      return sameDescription(object, oldObject) && lowersCanaryShare(object, oldObject);
    default:
      return false;
  }
}

/** The member at a path; undefined when anything on the way is missing. */
function at(value: Json, ...path: readonly string[]): Json | undefined {
  let node: Json | undefined = value;
  for (const key of path) {
    if (!isJsonObject(node) || !Object.hasOwn(node, key)) return undefined;
    node = node[key];
  }
  return node;
}

/** Whether the pod template differs in more than its annotations. */
function changesTemplate(object: Json, oldObject: Json): boolean {
  return !equalJson(templateOf(object), templateOf(oldObject));
}

const VOLATILE_ANNOTATIONS = ['kubectl.kubernetes.io/last-applied-configuration'];

/** Whether labels and annotations are as before, so that nothing else rides along. */
function sameDescription(object: Json, oldObject: Json): boolean {
  return (
    equalJson(at(object, 'metadata', 'labels') ?? {}, at(oldObject, 'metadata', 'labels') ?? {}) &&
    equalJson(annotationsOf(object), annotationsOf(oldObject))
  );
}

function annotationsOf(object: Json): Json {
  return without(at(object, 'metadata', 'annotations') ?? {}, VOLATILE_ANNOTATIONS);
}

function without(value: Json, keys: readonly string[]): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function lowersSteps(object: Json, oldObject: Json): boolean {
  const [after, before] = [stepsOf(object), stepsOf(oldObject)];
  if (after === undefined || before === undefined || after.length !== before.length) return false;
  if (!equalJson(withoutSteps(object), withoutSteps(oldObject))) return false;
  const pairs = after.map((weight, index) => [weight, before[index] ?? 0] as const);
  return pairs.some(([to, from]) => to < from) && pairs.every(([to, from]) => 0 < to && to <= from);
}

/** `[stepWeight]` or `stepWeights`; undefined when neither or both are numbers. */
function stepsOf(object: Json): readonly number[] | undefined {
  const single = at(object, 'spec', 'analysis', 'stepWeight');
  const steps = at(object, 'spec', 'analysis', 'stepWeights');
  if (typeof single === 'number') return steps === undefined ? [single] : undefined;
  if (!isJsonArray(steps)) return undefined;
  const weights = steps.filter((weight) => typeof weight === 'number');
  return weights.length === steps.length ? weights : undefined;
}

function withoutSteps(object: Json): Json {
  const spec = at(object, 'spec') ?? {};
  const rest = without(at(spec, 'analysis') ?? {}, ['stepWeight', 'stepWeights']);
  return { ...(isJsonObject(spec) ? spec : {}), analysis: rest };
}

function restoresTemplate(object: Json, oldObject: Json, good: readonly Json[]): boolean {
  const specOf = (deployment: Json): Json =>
    without(at(deployment, 'spec') ?? {}, ['template', 'paused']);
  return (
    changesTemplate(object, oldObject) &&
    equalJson(specOf(object), specOf(oldObject)) &&
    equalJson(at(object, 'metadata', 'labels') ?? {}, at(oldObject, 'metadata', 'labels') ?? {}) &&
    (good.some((template) => equalJson(withoutAnnotations(template), templateOf(object))) ||
      isNotedAsGood(object, oldObject))
  );
}

/** The revision is one of those that the executor has noted on the Deployment as having run well. */
function isNotedAsGood(object: Json, oldObject: Json): boolean {
  const noted = at(oldObject, 'metadata', 'annotations', GOOD_ANNOTATION);
  const good = readGoodRevisions(typeof noted === 'string' ? noted : undefined);
  return good.includes(deploymentRevision(at(object, 'spec', 'template')));
}

function templateOf(deployment: Json): Json {
  return withoutAnnotations(at(deployment, 'spec', 'template') ?? {});
}

function withoutAnnotations(template: Json): Json {
  if (!isJsonObject(template)) return template;
  const metadata = without(template['metadata'] ?? {}, ['annotations', 'creationTimestamp']);
  return { ...template, metadata };
}

function lowersCanaryShare(object: Json, oldObject: Json): boolean {
  if (!equalJson(withoutWeights(object), withoutWeights(oldObject))) return false;
  const [after, before] = [canaryShares(object), canaryShares(oldObject)];
  const pairs = after.map((share, index) => [share, before[index] ?? 0] as const);
  return pairs.some(([to, from]) => to < from) && pairs.every(([to, from]) => to <= from);
}

/** The canary's share of each rule, 0 to 1. */
function canaryShares(route: Json): readonly number[] {
  return rulesOf(route).map((rule) => {
    const backends = backendsOf(rule);
    const weights = backends.map((backend) => {
      const weight = at(backend, 'weight') ?? 1;
      return typeof weight === 'number' ? weight : 1;
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const canary = weights.filter((_weight, index) => isCanary(backends[index] ?? null));
    return total === 0 ? 0 : canary.reduce((sum, weight) => sum + weight, 0) / total;
  });
}

function isCanary(backend: Json): boolean {
  const name = at(backend, 'name');
  return typeof name === 'string' && name.endsWith('-canary');
}

function withoutWeights(route: Json): Json {
  const spec = at(route, 'spec') ?? {};
  const rules = rulesOf(route).map((rule) => ({
    ...(isJsonObject(rule) ? rule : {}),
    backendRefs: backendsOf(rule).map((backend) => without(backend, ['weight'])),
  }));
  return { ...(isJsonObject(spec) ? spec : {}), rules };
}

function rulesOf(route: Json): readonly Json[] {
  const rules = at(route, 'spec', 'rules');
  return isJsonArray(rules) ? rules : [];
}

function backendsOf(rule: Json): readonly Json[] {
  const backends = at(rule, 'backendRefs');
  return isJsonArray(backends) ? backends : [];
}
