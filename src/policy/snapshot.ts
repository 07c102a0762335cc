import type { RequestFacts } from '../domain/decision.ts';
import { BUNDLED_SCHEMAS } from '../domain/kind-schemas/bundled-schemas.ts';
import type { KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import type {
  CallSite,
  MatchResources,
  RolloutPolicy,
  RolloutPolicyBinding,
} from '../domain/policy.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import { compileStoredPolicy, type CompiledPolicy } from './compile.ts';
import { inlineParams } from './params-schema.ts';

/** A compiled policy and the bindings that put it into force, in the order of their names. */
export interface ActivePolicy {
  readonly compiled: CompiledPolicy;
  readonly bindings: readonly RolloutPolicyBinding[];
}

/** The policies in force at one moment; never changes. */
export interface PolicySnapshot {
  /** Digest of every policy's and binding's name and spec, and of the schemas where decisions depend on them. */
  readonly digest: string;
  /** In the order of their names. Policies without a binding are not in it. */
  readonly policies: readonly ActivePolicy[];
  /** The schemas that apply configurations are merged by. */
  readonly schemas: KindSchemas;
  /** The policies that may concern a request at a call site, found without looking at the object. */
  candidates(callSite: CallSite, request: RequestFacts): readonly ActivePolicy[];
}

const DEFAULT_SITES: readonly CallSite[] = ['Admission', 'Scan'];
/** Resources whose candidates are remembered. */
const MAX_INDEX = 1000;

/**
 * Makes a snapshot.
 * @param source policies, bindings and the schemas of kinds; by default those that this program carries
 * @param compile compiles a policy, or gives what was compiled from the same spec before
 */
export function createSnapshot(
  source: {
    readonly policies: readonly RolloutPolicy[];
    readonly bindings: readonly RolloutPolicyBinding[];
    readonly schemas?: KindSchemas | undefined;
  },
  compile: (policy: RolloutPolicy) => CompiledPolicy = compileStoredPolicy,
): PolicySnapshot {
  const bindings = Map.groupBy(
    [...source.bindings].sort(byName),
    (binding) => binding.spec.policyName,
  );
  const policies = [...source.policies].sort(byName).flatMap((policy): ActivePolicy[] => {
    const own = bindings.get(policy.metadata.name) ?? [];
    // Here, so that no request waits for it.
    for (const binding of own) inlineParams(policy, binding);
    return own.length === 0 ? [] : [{ compiled: compile(policy), bindings: own }];
  });
  const index = new Map<string, readonly ActivePolicy[]>();
  const schemas = source.schemas ?? BUNDLED_SCHEMAS;
  return {
    digest: snapshotDigest(policies, schemas),
    policies,
    schemas,
    candidates: (callSite, request) => {
      const key = indexKey(callSite, request);
      let found = index.get(key);
      if (found === undefined) {
        found = policies.filter((active) => mayConcern(active, callSite, request));
        if (index.size < MAX_INDEX) index.set(key, found);
      }
      return found;
    },
  };
}

/** When a policy is evaluated under a binding. */
export function isEvaluatedAt(
  policy: RolloutPolicy,
  binding: RolloutPolicyBinding,
  callSite: CallSite,
): boolean {
  const sites = policy.spec.evaluateAt ?? DEFAULT_SITES;
  return sites.includes(callSite) && (binding.spec.evaluateAt?.includes(callSite) ?? true);
}

function byName(
  a: RolloutPolicy | RolloutPolicyBinding,
  b: RolloutPolicy | RolloutPolicyBinding,
): number {
  if (a.metadata.name === b.metadata.name) return 0;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function snapshotDigest(policies: readonly ActivePolicy[], { digest }: KindSchemas): string {
  const parts: Json[] = policies.map(({ compiled, bindings }) => ({
    policy: compiled.name,
    digest: compiled.digest,
    bindings: bindings.map(({ metadata, spec }) => ({
      name: metadata.name,
      digest: digestOf(JSON.parse(JSON.stringify(spec)) as Record<string, string>),
    })),
  }));
  // Only apply configurations make decisions depend on schemas.
  const isApplied = policies.some(({ compiled }) =>
    compiled.mutations.some(({ patchType }) => patchType === 'ApplyConfiguration'),
  );
  return digestOf(isApplied && digest !== undefined ? [...parts, { schemas: digest }] : parts);
}

function indexKey(callSite: CallSite, { resource, requestResource }: RequestFacts): string {
  const original = requestResource ?? resource;
  return `${callSite} ${resource.group}/${resource.resource} ${original.group}/${original.resource}`;
}

function mayConcern(
  { compiled, bindings }: ActivePolicy,
  callSite: CallSite,
  request: RequestFacts,
): boolean {
  return (
    bindings.some((binding) => isEvaluatedAt(compiled.policy, binding, callSite)) &&
    namesResource(compiled.policy.spec.matchConstraints, request)
  );
}

function namesResource(criteria: MatchResources | undefined, request: RequestFacts): boolean {
  const rules = criteria?.resourceRules ?? [];
  if (rules.length === 0) return true;
  const candidates = [request.resource, request.requestResource ?? request.resource];
  return rules.some(({ apiGroups = [], resources = [] }) =>
    candidates.some(
      ({ group, resource }) =>
        apiGroups.some((name) => name === '*' || name === group) &&
        resources.some((name) => [resource, '*'].includes(name.split('/')[0] ?? '')),
    ),
  );
}
