import { SluiceError } from '../domain/errors.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { createAskingGateKeeper } from './asking-gate-keeper.ts';
import { admissionFacts, gateFacts, scanFacts } from './assemble-facts.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { decideWithAccess } from './decide-asking.ts';
import type { PolicyEngine, PolicyEngineDeps } from './engine.ts';
import { bindingParamsIssues } from './params-schema.ts';
import { policyIssues } from './policy-issues.ts';
import { watchPolicies } from './policy-watch.ts';
import { readinessOf, unsyncedKinds } from './readiness.ts';

export type { PolicyEngine, PolicyEngineDeps, ReviewInput } from './engine.ts';

const DEFAULT_DEADLINE_MS = 1000;
/** The part of the time that questions to the cluster may take; the rest is for deciding on their answers. */
const ASKING_SHARE = 0.8;
/** Without these nothing can be said about a write. */
const ADMISSION_KINDS = ['RolloutPolicy', 'RolloutPolicyBinding', 'Namespace'] as const;

/** Makes the engine; `close` ends its subscriptions. */
export function createPolicyEngine(deps: PolicyEngineDeps): PolicyEngine {
  const { clock, deadlineMs = DEFAULT_DEADLINE_MS } = deps;
  const watch = watchPolicies(deps);
  const deadline = (): Deadline => createDeadline(clock, deadlineMs);
  const gateKeeper = createAskingGateKeeper({
    ...deps,
    snapshot: watch.snapshot,
    factsOf: (snapshot, question) => gateFacts(deps, snapshot, question),
    deadline,
    subscribe: watch.subscribe,
  });
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
      const asked = decideWithAccess(snapshot, admissionFacts(deps, snapshot, input), {
        access: deps.access,
        clock,
        timeoutMs: deadlineMs * ASKING_SHARE,
        deadline: deadline(),
        onFailure: (error) => {
          deps.logger.warn({ error }, 'authorization could not be asked');
        },
      });
      return asked instanceof Promise ? asked.then(({ decision }) => decision) : asked.decision;
    },
    ...askedBefore(watch),
    gateKeeper,
    validatePolicyObject: (object) => policyIssues(object, storedPolicy(deps, object)),
    validateBindingObject: (object) => {
      const policy = boundPolicy(deps, object);
      const binding = object as unknown as RolloutPolicyBinding;
      return policy === undefined ? [] : bindingParamsIssues(policy, binding);
    },
    status: watch.status,
    snapshot: watch.snapshot,
    scanFacts: (snapshot, subject) => scanFacts(deps, snapshot, subject),
    subscribe: watch.subscribe,
    close: () => {
      gateKeeper.close();
      watch.close();
    },
  };
}

/** What can be told of a write without deciding on it. */
function askedBefore({
  snapshot,
}: Pick<ReturnType<typeof watchPolicies>, 'snapshot'>): Pick<
  PolicyEngine,
  'mayMutate' | 'mayHold' | 'opensAtStart'
> {
  return {
    mayMutate: (request) =>
      snapshot()
        .candidates('Admission', request)
        .some(({ compiled }) => compiled.mutations.length > 0),
    mayHold: (request) =>
      snapshot()
        .candidates('Admission', request)
        .some(
          ({ compiled, bindings }) => asksAtStart(compiled.policy) && bindings.some(mayHoldBack),
        ),
    opensAtStart: (policy) =>
      snapshot().policies.some(
        ({ compiled }) => compiled.name === policy && asksAtStart(compiled.policy),
      ),
  };
}

function asksAtStart({ spec }: RolloutPolicy): boolean {
  return spec.evaluateAt?.includes('RolloutStart') === true;
}

function mayHoldBack({ spec }: RolloutPolicyBinding): boolean {
  return spec.validationActions?.includes('Hold') === true;
}

function storedPolicy({ policies }: PolicyEngineDeps, object: Json): RolloutPolicy | undefined {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? policies.get({ name }) : undefined;
}

function boundPolicy({ policies }: PolicyEngineDeps, object: Json): RolloutPolicy | undefined {
  const spec = isJsonObject(object) ? object['spec'] : undefined;
  const name = isJsonObject(spec) ? spec['policyName'] : undefined;
  return typeof name === 'string' ? policies.get({ name }) : undefined;
}
