import type { ObjectCache } from '../../../src/domain/client.ts';
import type { Facts, RequestFacts, RolloutFacts } from '../../../src/domain/decision.ts';
import { keyOf, keyText, type KubeObject } from '../../../src/domain/object.ts';
import type {
  Gate,
  RolloutPolicy,
  RolloutPolicyBinding,
  RolloutPolicyBindingSpec,
  RolloutPolicySpec,
} from '../../../src/domain/policy.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { decide } from '../../../src/policy/decide.ts';
import { createSnapshot, type PolicySnapshot } from '../../../src/policy/snapshot.ts';

export const NOW = '2026-03-02T10:00:00Z';

/** A policy that denies what `expression` says, unless the spec says otherwise. */
export function policy(spec: Partial<RolloutPolicySpec> = {}, name = 'p'): RolloutPolicy {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name, generation: 3 },
    spec: {
      evaluateAt: ['Admission', 'Scan', 'RolloutStart', 'TrafficIncrease', 'Promotion'],
      ...spec,
    },
  };
}

export function binding(
  spec: Partial<RolloutPolicyBindingSpec> = {},
  name = 'b',
): RolloutPolicyBinding {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicyBinding',
    metadata: { name },
    spec: { policyName: 'p', validationActions: ['Deny'], ...spec },
  };
}

export const canary = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'checkout', namespace: 'shop', labels: { app: 'checkout' } },
  spec: { analysis: { stepWeight: 10, maxWeight: 50, threshold: 5 } },
};

export const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { env: 'production' } },
};

export const request: RequestFacts = {
  kind: { group: 'flagger.app', version: 'v1beta1', kind: 'Canary' },
  resource: { group: 'flagger.app', version: 'v1beta1', resource: 'canaries' },
  name: 'checkout',
  namespace: 'shop',
  operation: 'CREATE',
  userInfo: { username: 'ada', groups: ['dev'] },
  dryRun: false,
};

export const rollout: RolloutFacts = {
  gate: 'TrafficIncrease',
  strategy: 'canary',
  provider: 'kubernetes',
  phase: 'Progressing',
  fromWeight: 10,
  toWeight: 20,
  maxWeight: 50,
  step: 1,
  iteration: 0,
  failedChecks: 0,
  threshold: 5,
  startedAt: NOW,
  stepStartedAt: NOW,
  revision: 'r1',
  images: [],
  changedBy: null,
  metrics: [],
  approvals: [],
  windows: { open: true, reason: '' },
  exceptions: [],
};

export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    callSite: 'Admission',
    request,
    object: canary,
    oldObject: null,
    namespaceObject: namespace,
    params: {},
    authorizer: {},
    rollout: null,
    exceptions: [],
    approvals: [],
    windows: [],
    budgets: [],
    freshness: {},
    now: NOW,
    ...changes,
  };
}

/** Facts at a gate. */
export function gateFacts(gate: Gate, changes: Partial<Facts> = {}): Facts {
  return facts({
    callSite: gate,
    request: { ...request, operation: 'UPDATE' },
    rollout: { ...rollout, gate },
    ...changes,
  });
}

/** A change of nothing but a step weight that lowers it: toward safety. */
export function loweredStep(): Pick<Facts, 'request' | 'object' | 'oldObject'> {
  const step = (stepWeight: number): Json => ({
    ...canary,
    spec: { analysis: { ...canary.spec.analysis, stepWeight } },
  });
  return { request: { ...request, operation: 'UPDATE' }, object: step(5), oldObject: step(10) };
}

export function snapshotOf(
  policies: readonly RolloutPolicy[],
  bindings: readonly RolloutPolicyBinding[] = [binding()],
): PolicySnapshot {
  return createSnapshot({ policies, bindings });
}

/** Decides under one policy. */
export function decideBy(
  spec: Partial<RolloutPolicySpec>,
  given: Facts = facts(),
  bindings: readonly RolloutPolicyBinding[] = [binding()],
) {
  return decide(snapshotOf([policy(spec)], bindings), given);
}

/** Objects that a test changes by hand, as a cache. */
export class HandCache<T extends KubeObject> implements ObjectCache<T> {
  synced = true;
  age = 0;
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<(key: string) => void>();

  constructor(objects: readonly T[] = []) {
    for (const object of objects) this.#objects.set(keyText(keyOf(object)), object);
  }

  get(key: { namespace?: string; name: string }): T | undefined {
    return this.#objects.get(keyText(key));
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  ageMs(): number {
    return this.synced ? this.age : Infinity;
  }

  subscribe(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  put(object: T): void {
    const key = keyText(keyOf(object));
    this.#objects.set(key, object);
    for (const listener of this.#listeners) listener(key);
  }

  remove(key: string): void {
    this.#objects.delete(key);
    for (const listener of this.#listeners) listener(key);
  }
}
