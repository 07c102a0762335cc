import type { Timer } from '../domain/clock.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import { compileStoredPolicy, type CompiledPolicy } from './compile.ts';
import type { PolicyEngineDeps, PolicyEngineStatus } from './engine.ts';
import { cachesOf } from './readiness.ts';
import { createSnapshot, type PolicySnapshot } from './snapshot.ts';

/** The newest snapshot of the policies in the caches. */
export interface PolicyWatch {
  /** The snapshot of what the caches hold now; made anew only when policies or bindings changed. */
  readonly snapshot: () => PolicySnapshot;
  readonly status: () => PolicyEngineStatus;
  readonly subscribe: (listener: () => void) => () => void;
  readonly close: () => void;
}

/** How long changes are gathered before listeners are told, milliseconds. */
const GATHER_MS = 50;

/**
 * Follows the caches. Changes are gathered: many in a row lead to one new snapshot, and listeners hear of them once. A
 * policy is compiled again only when its spec differs.
 */
export function watchPolicies(deps: PolicyEngineDeps): PolicyWatch {
  const listeners = new Set<() => void>();
  const ends: (() => void)[] = [];
  const followed = new Set<string>();
  const compiler = createPolicyCache();
  let current: PolicySnapshot | undefined;
  let timer: Timer | undefined;
  const notify = (): void => {
    timer = undefined;
    snapshot();
    for (const listener of listeners) listener();
  };
  const gather = (): void => {
    timer ??= deps.clock.setTimer(notify, GATHER_MS);
  };
  const invalidate = (): void => {
    current = undefined;
    gather();
  };
  /** Parameter kinds become known with the policies that name them. */
  const followParams = (): void => {
    for (const { spec } of deps.policies.list()) {
      if (spec.paramKind === undefined) continue;
      const { apiVersion, kind } = spec.paramKind;
      const key = `${apiVersion} ${kind}`;
      const cache = followed.has(key) ? undefined : deps.paramObjects?.(apiVersion, kind);
      if (cache === undefined) continue;
      followed.add(key);
      ends.push(cache.subscribe(gather));
    }
  };
  const snapshot = (): PolicySnapshot => {
    if (current !== undefined) return current;
    const policies = deps.policies.list();
    const compiled = compiler.compileAll(policies);
    followParams();
    current = createSnapshot(
      { policies, bindings: deps.bindings.list(), schemas: deps.schemas?.current() },
      (policy) => compiled.get(policy.metadata.name) ?? compileStoredPolicy(policy),
    );
    logBroken(deps, compiler.broken());
    return current;
  };
  const { policies, bindings } = deps;
  ends.push(policies.subscribe(invalidate), bindings.subscribe(invalidate));
  if (deps.schemas !== undefined) ends.push(deps.schemas.subscribe(invalidate));
  ends.push(...otherCaches(deps).map((cache) => cache.subscribe(gather)));
  return {
    snapshot,
    status: () => statusOf(deps, snapshot(), compiler.broken()),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      timer?.cancel();
      for (const end of ends) end();
      listeners.clear();
    },
  };
}

/**
 * What gates depend on besides policies and bindings. Not runs: delivery writes them all the time, and whoever waits for
 * a budget asks again by itself.
 */
function otherCaches(deps: PolicyEngineDeps): readonly ObjectCache<KubeObject>[] {
  const unheard = ['RolloutPolicy', 'RolloutPolicyBinding', 'RolloutRun'];
  return Object.entries(cachesOf(deps)).flatMap(([kind, cache]) =>
    unheard.includes(kind) ? [] : [cache],
  );
}

interface PolicyCache {
  /** Compiles those whose generation or spec is new, and forgets those that are gone. By name. */
  compileAll(policies: readonly RolloutPolicy[]): ReadonlyMap<string, CompiledPolicy>;
  /** Those that do not compile, in the order of their names. */
  broken(): readonly CompiledPolicy[];
}

function createPolicyCache(): PolicyCache {
  let known: ReadonlyMap<string, CompiledPolicy> = new Map();
  return {
    compileAll: (policies) => {
      known = new Map(
        policies.map((policy) => {
          const { name } = policy.metadata;
          return [name, reuse(known.get(name), policy)] as const;
        }),
      );
      return known;
    },
    broken: () =>
      [...known.values()]
        .filter(({ issues }) => issues.length > 0)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function reuse(before: CompiledPolicy | undefined, policy: RolloutPolicy): CompiledPolicy {
  if (before === undefined) return compileStoredPolicy(policy);
  if (before.policy === policy) return before;
  const isSame = before.digest === digestOf(policy.spec as unknown as Json);
  if (!isSame) return compileStoredPolicy(policy);
  return { ...before, policy, generation: policy.metadata.generation ?? 0 };
}

function statusOf(
  { policies, bindings }: PolicyEngineDeps,
  { digest }: PolicySnapshot,
  broken: readonly CompiledPolicy[],
): PolicyEngineStatus {
  return {
    policies: policies.list().length,
    bindings: bindings.list().length,
    notCompiling: broken.map(({ name, issues }) => ({ name, issues })),
    snapshotDigest: digest,
  };
}

function logBroken({ logger }: PolicyEngineDeps, broken: readonly CompiledPolicy[]): void {
  for (const { name, issues } of broken) {
    logger.warn({ policy: name, field: issues[0]?.field }, 'a stored policy does not compile');
  }
}
