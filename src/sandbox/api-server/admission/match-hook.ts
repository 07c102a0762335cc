import { matchesLabels } from '../../../lib/label-selector.ts';
import { forbidden } from '../api-error.ts';
import { fieldsOf } from '../json.ts';
import { groupVersionOf, type ApiObject, type ApiResource } from '../resource.ts';
import type { AdmissionAttributes, ServerContext } from '../server-context.ts';
import type { Hook, HookRule } from './hook.ts';
import { requestOf } from './review.ts';

/** A webhook that is to be asked, and the version in which it sees the object. */
export interface Invocation {
  readonly hook: Hook;
  readonly resource: ApiResource;
}

type MatchContext = Pick<ServerContext, 'registry' | 'store' | 'engine'>;

/**
 * Whether and how a webhook is asked about a write.
 * @throws ApiError 403 when a match condition fails to evaluate and the webhook's failurePolicy is Fail
 */
export function matchHook(
  context: MatchContext,
  hook: Hook,
  attributes: AdmissionAttributes,
): Invocation | undefined {
  // Webhooks cannot guard the configurations that declare them.
  if (attributes.resource.group === 'admissionregistration.k8s.io') return undefined;
  const resource = matchedResource(context, hook, attributes);
  if (resource === undefined) return undefined;
  const labels = namespaceLabels(context, attributes);
  if (labels !== undefined && !matchesLabels(hook.namespaceSelector, labels)) return undefined;
  if (!objectMatches(hook, attributes)) return undefined;
  const invocation = { hook, resource };
  return conditionsHold(context, invocation, attributes) ? invocation : undefined;
}

/** The resource itself when a rule names it; with matchPolicy Equivalent else another version of the same objects. */
function matchedResource(
  { registry }: MatchContext,
  { rules, equivalent }: Hook,
  attributes: AdmissionAttributes,
): ApiResource | undefined {
  const { resource } = attributes;
  const isNamed = (candidate: ApiResource): boolean =>
    rules.some((rule) => ruleMatches(rule, candidate, attributes));
  if (isNamed(resource)) return resource;
  if (!equivalent) return undefined;
  return registry
    .all()
    .find((candidate) => candidate.storageKey === resource.storageKey && isNamed(candidate));
}

function ruleMatches(
  { operations, groups, versions, resources, scope }: HookRule,
  resource: ApiResource,
  { operation, subresource }: AdmissionAttributes,
): boolean {
  const has = (list: readonly string[], value: string): boolean =>
    list.includes('*') || list.includes(value);
  return (
    has(operations, operation) &&
    has(groups, resource.group) &&
    has(versions, resource.version) &&
    scopeMatches(scope, resource) &&
    resources.some((entry) => resourceMatches(entry, resource.plural, subresource))
  );
}

// A Namespace counts as cluster-scoped, as its resource does.
function scopeMatches(scope: string, resource: ApiResource): boolean {
  if (scope === '' || scope === '*') return true;
  return scope === (resource.namespaced ? 'Namespaced' : 'Cluster');
}

function resourceMatches(entry: string, plural: string, subresource: string): boolean {
  const [wanted = '', sub = ''] = entry.split('/');
  return (
    (wanted === '*' || wanted === plural) &&
    (sub === subresource || (sub === '*' && entry.includes('/')))
  );
}

/** Labels that the namespaceSelector looks at; undefined: the object is in no namespace, every selector matches. */
function namespaceLabels(
  { store }: MatchContext,
  { resource, namespace, object, oldObject }: AdmissionAttributes,
): Readonly<Record<string, unknown>> | undefined {
  if (resource.storageKey === '/namespaces') {
    return (object ?? oldObject)?.metadata.labels ?? {};
  }
  if (!resource.namespaced || namespace === undefined) return undefined;
  return store.get('/namespaces', undefined, namespace)?.metadata.labels ?? {};
}

function objectMatches({ objectSelector }: Hook, attributes: AdmissionAttributes): boolean {
  const { object, oldObject } = attributes;
  return [object, oldObject].some(
    (candidate) =>
      candidate !== null && matchesLabels(objectSelector, fieldsOf(candidate.metadata.labels)),
  );
}

function conditionsHold(
  { engine }: MatchContext,
  { hook, resource }: Invocation,
  attributes: AdmissionAttributes,
): boolean {
  if (hook.matchConditions.length === 0) return true;
  const facts = {
    request: requestOf(attributes, resource),
    object: inVersion(resource, attributes.object),
    oldObject: inVersion(resource, attributes.oldObject),
    user: attributes.user,
  };
  const errors: string[] = [];
  for (const { name, expression } of hook.matchConditions) {
    try {
      if (!engine.matches(expression, facts)) return false;
    } catch (error) {
      errors.push(`failed to evaluate match condition ${JSON.stringify(name)}: ${textOf(error)}`);
    }
  }
  if (errors.length === 0) return true;
  if (hook.ignoresFailure) return false;
  throw forbidden(attributes.resource, attributes.name, errors.join(', '));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

/** The object in another version of its resource; only the name of the version differs. */
export function inVersion(resource: ApiResource, object: ApiObject | null): ApiObject | null {
  if (object === null) return null;
  const apiVersion = groupVersionOf(resource);
  // A Scale is of no version of its resource.
  if (object.kind !== resource.kind || object.apiVersion === apiVersion) return object;
  return { ...object, apiVersion };
}
