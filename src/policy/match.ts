import type { GroupVersionResource, RequestFacts } from '../domain/decision.ts';
import type { MatchResources, NamedRuleWithOperations } from '../domain/policy.ts';
import { equivalentVersions } from './equivalent-versions.ts';
import { isEmptySelector, matchesLabels, selectorProblem } from '../lib/label-selector.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';

/** What a request is matched by; one for all policies of a decision. */
export interface MatchSubject {
  readonly request: RequestFacts;
  readonly object: Json;
  readonly oldObject: Json;
  readonly namespaceObject: Json;
  /** At a gate the resource counts, whatever operations a rule names (design §13). */
  readonly anyOperation: boolean;
}

export type MatchResult =
  | {
      readonly matches: boolean;
      readonly problem?: undefined;
      /** Set when a rule names another version of the resource: expressions see the object in that one. */
      readonly version?: string;
    }
  /** The selection cannot be decided; follows failurePolicy. `reason` is a metav1 reason. */
  | { readonly matches: true; readonly problem: string };

const YES: MatchResult = { matches: true };
const NO: MatchResult = { matches: false };
const NONE: readonly string[] = [];

/**
 * Whether a policy or binding concerns a request: selectors, then excluding rules, then including rules, as the API
 * server's own matcher does.
 * @param criteria absent: everything matches
 */
export function matchResources(
  criteria: MatchResources | undefined,
  subject: MatchSubject,
): MatchResult {
  if (criteria === undefined) return YES;
  const namespace = matchNamespace(criteria, subject);
  if (!namespace.matches) return NO;
  const object = matchObject(criteria, subject);
  if (!object.matches) return NO;
  const { excludeResourceRules = [], resourceRules = [] } = criteria;
  if (matchRules(excludeResourceRules, criteria, subject).matches) return NO;
  const rules = resourceRules.length === 0 ? YES : matchRules(resourceRules, criteria, subject);
  if (!rules.matches) return NO;
  if (namespace.problem !== undefined) return namespace;
  return object.problem === undefined ? rules : object;
}

function matchNamespace({ namespaceSelector }: MatchResources, subject: MatchSubject): MatchResult {
  const { request } = subject;
  const isClusterScoped = (request.namespace ?? '') === '' && !isNamespaceResource(request);
  if (isClusterScoped) return YES;
  const problem = selectorProblem(namespaceSelector);
  if (problem !== undefined) return internal(problem);
  if (isEmptySelector(namespaceSelector)) return YES;
  const namespace = isAboutItself(request) ? subject.object : subject.namespaceObject;
  if (!isJsonObject(namespace)) {
    return {
      matches: true,
      problem: `namespaces "${request.namespace ?? request.name}" not found`,
    };
  }
  return matchesLabels(namespaceSelector, labelsOf(namespace)) ? YES : NO;
}

/** A Namespace that is written is matched by its own labels. */
function isAboutItself(request: RequestFacts): boolean {
  return (
    isNamespaceResource(request) &&
    (request.subResource ?? '') === '' &&
    request.operation !== 'DELETE'
  );
}

function matchObject({ objectSelector }: MatchResources, subject: MatchSubject): MatchResult {
  const problem = selectorProblem(objectSelector);
  if (problem !== undefined) return internal(problem);
  if (isEmptySelector(objectSelector)) return YES;
  const selected = (object: Json): boolean =>
    isJsonObject(object) && matchesLabels(objectSelector, labelsOf(object));
  return selected(subject.object) || selected(subject.oldObject) ? YES : NO;
}

function internal(problem: string): MatchResult {
  return { matches: true, problem: `Internal error occurred: ${problem}` };
}

/** `metadata.labels`; whatever is not an object has none. */
export function labelsOf(object: Json): Readonly<Record<string, Json>> {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  const labels = isJsonObject(metadata) ? metadata['labels'] : undefined;
  return isJsonObject(labels) ? labels : {};
}

function matchRules(
  rules: readonly NamedRuleWithOperations[],
  { matchPolicy = 'Equivalent' }: MatchResources,
  subject: MatchSubject,
): MatchResult {
  if (rules.length === 0) return NO;
  const { request } = subject;
  const { resource, subResource = '' } = request;
  const original = request.requestResource ?? resource;
  const originalSub = request.requestSubResource ?? subResource;
  const named = (candidate: GroupVersionResource, sub: string): boolean =>
    rules.some((rule) => matchRule(rule, candidate, sub, subject));
  if (named(original, originalSub)) return YES;
  if (matchPolicy === 'Exact') return NO;
  // The API server has converted the object for us when the versions differ.
  const isConverted = original !== resource || originalSub !== subResource;
  if (isConverted && named(resource, subResource)) return YES;
  return matchEquivalent(rules, resource, subResource, subject);
}

/** As in the API server, the first rule that names an equivalent decides in which version. */
function matchEquivalent(
  rules: readonly NamedRuleWithOperations[],
  resource: GroupVersionResource,
  subResource: string,
  subject: MatchSubject,
): MatchResult {
  const others = equivalentVersions(resource);
  if (others.length === 0) return NO;
  for (const rule of rules) {
    const found = others.find((other) => matchRule(rule, other, subResource, subject));
    if (found !== undefined) return { matches: true, version: found.version };
  }
  return NO;
}

function matchRule(
  rule: NamedRuleWithOperations,
  candidate: GroupVersionResource,
  subResource: string,
  subject: MatchSubject,
): boolean {
  const { request, anyOperation } = subject;
  return (
    matchScope(rule, request) &&
    listed(rule.apiGroups, candidate.group) &&
    listed(rule.apiVersions, candidate.version) &&
    (anyOperation || listed(rule.operations, request.operation)) &&
    (rule.resources ?? NONE).some((name) => matchResource(name, candidate.resource, subResource)) &&
    ((rule.resourceNames ?? NONE).length === 0 ||
      rule.resourceNames?.includes(request.name) === true)
  );
}

function listed(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

/** @param rule `resource`, `resource/subresource`, or `*` in either place */
function matchResource(rule: string, resource: string, subResource: string): boolean {
  if (!rule.includes('/')) return subResource === '' && (rule === '*' || rule === resource);
  const [ruled, ruledSub = ''] = rule.split('/', 2);
  return (ruled === '*' || ruled === resource) && (ruledSub === '*' || ruledSub === subResource);
}

function matchScope({ scope }: NamedRuleWithOperations, request: RequestFacts): boolean {
  if (scope === undefined || scope === '*') return true;
  const isNamespaced = (request.namespace ?? '') !== '' && !isNamespaceResource(request);
  return isNamespaced === (scope === 'Namespaced');
}

function isNamespaceResource({ resource }: RequestFacts): boolean {
  return resource.group === '' && resource.resource === 'namespaces';
}
