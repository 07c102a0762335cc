import type { ObjectCache, ObjectClient } from '../domain/client.ts';
import { rfc3339 } from '../domain/clock.ts';
import { isClusterError } from '../domain/errors.ts';
import { keyOf, keyText, type KubeObject, type ResourceType } from '../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import { createController, type Controller } from '../kube/controller.ts';
import { bindingParamsIssues } from '../policy/params-schema.ts';
import { bindingStatus, policyStatus } from '../policy/policy-status.ts';
import { typeCheckWarnings } from '../policy/type-check.ts';
import type { Parts } from './parts.ts';
import { createScanFindings } from './scan-findings.ts';
import type { ScanView } from './scan-view.ts';

/** One status is a short write: what hangs is given up, so that the end of a term is not held up by it. */
const DRAIN_MS = 5000;

/**
 * Writes the status of every policy and binding, and again after each change, until the signal aborts. A controller of
 * one namespace writes none: several of them, of different versions, would undo each other's. Never rejects.
 * @param client of the leader
 * @param scan what it finds is written at most once a minute
 */
export async function keepPolicyStatus(
  parts: Parts,
  client: ObjectClient,
  leading: AbortSignal,
  scan?: ScanView,
): Promise<void> {
  if (parts.config.namespace !== '') return;
  const policies = parts.caches.watch<RolloutPolicy>(RESOURCES.rolloutPolicies);
  const bindings = parts.caches.watch<RolloutPolicyBinding>(RESOURCES.rolloutPolicyBindings);
  const now = (): string => rfc3339(parts.clock.now());
  const base = { parts, client };
  const scanned = scan === undefined ? undefined : createScanFindings(parts, scan);
  const ofPolicies = statusController(RESOURCES.rolloutPolicies, policies, {
    ...base,
    plan: (policy) => {
      const found = scanned?.(policy);
      return {
        status: policyStatus(policy, issuesOf(parts, policy), now(), {
          bindings: bindings.list().filter(({ spec }) => spec.policyName === policy.metadata.name),
          warnings: typeCheckWarnings(policy, parts.engine.snapshot().schemas),
          ...found?.findings,
        }),
        ...(found?.againMs === undefined ? {} : { againMs: found.againMs }),
      };
    },
  });
  const ofBindings = statusController(RESOURCES.rolloutPolicyBindings, bindings, {
    ...base,
    plan: (binding) => {
      const policy = policies.get({ name: binding.spec.policyName });
      const issues = policy === undefined ? [] : bindingParamsIssues(policy, binding);
      return { status: bindingStatus(binding, policy !== undefined, now(), issues) };
    },
  });
  const everyPolicy = (): void => {
    for (const policy of policies.list()) ofPolicies.enqueue(keyText(keyOf(policy)));
  };
  const ends = [
    bindings.subscribe((key) => {
      ofBindings.enqueue(key);
      // Which policy a binding that is gone has named is not known any more.
      const binding = bindings.get({ name: key });
      if (binding === undefined) everyPolicy();
      else ofPolicies.enqueue(binding.spec.policyName);
    }),
    ...(scan === undefined ? [] : [scan.subscribe(everyPolicy)]),
    parts.schemas.subscribe(everyPolicy),
    policies.subscribe((key) => {
      ofPolicies.enqueue(key);
      const bound = bindings.list().filter(({ spec }) => spec.policyName === key);
      for (const binding of bound) ofBindings.enqueue(keyText(keyOf(binding)));
    }),
  ];
  everyPolicy();
  for (const binding of bindings.list()) ofBindings.enqueue(keyText(keyOf(binding)));
  await Promise.all([ofPolicies.run(leading), ofBindings.run(leading)]);
  for (const end of ends) end();
}

/** Writes the status that `plan` gives for an object, when it gives one. */
function statusController<T extends KubeObject>(
  type: ResourceType,
  cache: ObjectCache<T>,
  options: {
    readonly parts: Parts;
    readonly client: ObjectClient;
    /** The status to write, if any, and after how many milliseconds to look again. */
    readonly plan: (object: T) => {
      readonly status: object | undefined;
      readonly againMs?: number;
    };
  },
): Controller {
  const { parts, client, plan } = options;
  return createController({
    name: `${type.plural}/status`,
    reconciler: {
      reconcile: async (key, signal) => {
        const object = cache.get(key);
        if (object === undefined) return {};
        const { status, againMs } = plan(object);
        if (status !== undefined) {
          await client.replaceStatus(type, { ...object, status }, { signal }).catch(unlessGone);
        }
        return againMs === undefined ? {} : { requeueAfterMs: againMs };
      },
    },
    workers: 1,
    clock: parts.clock,
    random: parts.random,
    logger: parts.logger,
    drainMs: DRAIN_MS,
  });
}

function unlessGone(error: unknown): void {
  if (!isClusterError(error, 'NotFound')) throw error;
}

function issuesOf({ engine }: Parts, { metadata }: RolloutPolicy) {
  return engine.status().notCompiling.find(({ name }) => name === metadata.name)?.issues ?? [];
}
