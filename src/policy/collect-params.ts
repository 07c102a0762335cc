import type { ObjectCache } from '../domain/client.ts';
import type { FreshnessFact, RequestFacts } from '../domain/decision.ts';
import type { KubeObject } from '../domain/object.ts';
import type { CallSite, ParamRef, RolloutPolicyBinding } from '../domain/policy.ts';
import { matchesLabels } from '../lib/label-selector.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { PolicyEngineDeps } from './engine.ts';
import { isFresh } from './readiness.ts';
import { isEvaluatedAt, type PolicySnapshot } from './snapshot.ts';

/** Parameter objects by binding, and whether their kinds were fresh. */
export interface CollectedParams {
  readonly params: Readonly<Record<string, readonly Json[]>>;
  readonly freshness: Readonly<Record<string, FreshnessFact>>;
  /** By binding: why its reference means nothing for this request and the scope of the kind. Absent: none. */
  readonly paramProblems?: Readonly<Record<string, string>>;
}

const CLUSTER_SCOPED = 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`';
const NO_NAMESPACE =
  'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources';

/** Finds the parameter objects of every binding that may be asked about the request. */
export function collectParams(
  deps: Pick<PolicyEngineDeps, 'paramObjects' | 'freshnessMs'>,
  snapshot: PolicySnapshot,
  callSite: CallSite,
  request: RequestFacts,
): CollectedParams {
  const params: Record<string, readonly Json[]> = {};
  const freshness: Record<string, FreshnessFact> = {};
  const problems: Record<string, string> = {};
  for (const { compiled, bindings } of snapshot.candidates(callSite, request)) {
    const { paramKind } = compiled.policy.spec;
    if (paramKind === undefined) continue;
    for (const binding of bindings) {
      const { paramRef } = binding.spec;
      if (paramRef === undefined || binding.spec.params !== undefined) continue;
      if (!isEvaluatedAt(compiled.policy, binding, callSite)) continue;
      const cache = paramCache(deps, paramKind);
      const before = freshness[paramKind.kind] ?? 'fresh';
      freshness[paramKind.kind] = freshnessOf(cache, deps.freshnessMs, before);
      const problem = refProblem(cache, paramRef, request.namespace ?? '');
      if (problem !== undefined) problems[nameOf(binding)] = problem;
      params[nameOf(binding)] = selectParams(cache, paramRef, request.namespace ?? '');
    }
  }
  const hasProblems = Object.keys(problems).length > 0;
  return { params, freshness, ...(hasProblems ? { paramProblems: problems } : {}) };
}

/** @param before of the same kind under another binding; the worse of the two counts */
function freshnessOf(
  cache: ObjectCache<KubeObject> | undefined,
  freshnessMs: number,
  before: FreshnessFact,
): FreshnessFact {
  if (cache === undefined) return 'unconfigured';
  return before === 'fresh' && !isFresh(cache, freshnessMs) ? 'unknown' : before;
}

function nameOf(binding: RolloutPolicyBinding): string {
  return binding.metadata.name;
}

/** Secrets are never parameters (design §2.8). */
function paramCache(
  deps: Pick<PolicyEngineDeps, 'paramObjects'>,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): ObjectCache<KubeObject> | undefined {
  return kind === 'Secret' ? undefined : deps.paramObjects?.(apiVersion, kind);
}

/** What the API server says of a reference that the kind's scope forbids; the kind's scope is that of its objects. */
function refProblem(
  cache: ObjectCache<KubeObject> | undefined,
  { namespace = '' }: ParamRef,
  requestNamespace: string,
): string | undefined {
  const first = cache?.list()[0];
  if (first === undefined) return undefined;
  if (first.metadata.namespace === undefined) return namespace === '' ? undefined : CLUSTER_SCOPED;
  return namespace === '' && requestNamespace === '' ? NO_NAMESPACE : undefined;
}

/** A namespaced kind is looked up in the reference's namespace, or else in that of the request. */
function selectParams(
  cache: ObjectCache<KubeObject> | undefined,
  { name, namespace, selector }: ParamRef,
  requestNamespace: string,
): readonly Json[] {
  const where = namespace ?? requestNamespace;
  const chosen = (cache?.list() ?? [])
    .filter(({ metadata }) => metadata.namespace === undefined || metadata.namespace === where)
    .filter(({ metadata }) =>
      name === undefined ? matchesLabels(selector, metadata.labels) : metadata.name === name,
    );
  return [...chosen].sort(byName) as unknown as readonly Json[];
}

function byName(a: KubeObject, b: KubeObject): number {
  if (a.metadata.name === b.metadata.name) return 0;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
