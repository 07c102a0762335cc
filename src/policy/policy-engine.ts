import { SluiceError } from '../domain/errors.ts';
import type { GateKeeper } from '../domain/gates.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { admissionFacts, gateFacts } from './assemble-facts.ts';
import { decide } from './decide.ts';
import type { PolicyEngine, PolicyEngineDeps } from './engine.ts';
import { policyIssues } from './policy-issues.ts';
import { watchPolicies } from './policy-watch.ts';
import { readinessOf, unsyncedKinds } from './readiness.ts';

export type { PolicyEngine, PolicyEngineDeps, ReviewInput } from './engine.ts';

const DEFAULT_DEADLINE_MS = 1000;
/** Without these nothing can be said about a write. */
const ADMISSION_KINDS = ['RolloutPolicy', 'RolloutPolicyBinding', 'Namespace'] as const;

/** Makes the engine; `close` ends its subscriptions. */
export function createPolicyEngine(deps: PolicyEngineDeps): PolicyEngine {
  const { clock, deadlineMs = DEFAULT_DEADLINE_MS } = deps;
  const watch = watchPolicies(deps);
  const deadline = (): (() => boolean) => {
    const end = clock.monotonic() + deadlineMs;
    return () => clock.monotonic() >= end;
  };
  const gateKeeper: GateKeeper = {
    ask: (question) => {
      const snapshot = watch.snapshot();
      return decide(snapshot, gateFacts(deps, snapshot, question), deadline());
    },
    subscribe: watch.subscribe,
  };
  return {
    readiness: () => readinessOf(deps),
    review: (input) => {
      const missing = unsyncedKinds(deps, ADMISSION_KINDS);
      if (missing.length > 0) {
        throw new SluiceError('SLUICE_NOT_READY', `not loaded yet: ${missing.join(', ')}`, {
          retryable: true,
        });
      }
      const snapshot = watch.snapshot();
      return decide(snapshot, admissionFacts(deps, snapshot, input), deadline());
    },
    mayMutate: (request) =>
      watch
        .snapshot()
        .candidates('Admission', request)
        .some(({ compiled }) => compiled.mutations.length > 0),
    gateKeeper,
    validatePolicyObject: (object) => policyIssues(object, storedPolicy(deps, object)),
    status: watch.status,
    subscribe: watch.subscribe,
    close: watch.close,
  };
}

function storedPolicy({ policies }: PolicyEngineDeps, object: Json): RolloutPolicy | undefined {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? policies.get({ name }) : undefined;
}
